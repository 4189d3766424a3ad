import Addresses
import FastDHCP
import LinuxSystem
import Node

/// A change of a lease, durable and routed.
struct LeaseEvent: Sendable {
    let event: TraceEvent
    let client: MACAddress
    let address: IPv4Address
    private let nanoseconds: UInt64
    /// When the lease ends; nil for one that is over.
    private let deadline: BootTime?

    /// Nil for what concerns an exchange and not a lease.
    init?(_ entry: TraceEntry, in table: LeaseTable) {
        switch entry.event {
        case .granted, .renewed: deadline = Self.deadline(of: entry, in: table)
        case .released, .declined, .expired: deadline = nil
        default: return nil
        }
        event = entry.event
        client = entry.client
        address = entry.address
        nanoseconds = entry.nanoseconds
    }

    func json(_ clock: inout WallClock) -> JSON {
        .members([
            "time": .string(clock.preciseText(ofNanoseconds: nanoseconds)), "event": .string("\(event)"),
            "mac": .text(client), "ip": .text(address),
            "expiry": deadline.map { .string(clock.text(of: $0)) },
        ])
    }

    /// What the table says, to the millisecond, if the client has the address still; the entry knows the second.
    private static func deadline(of entry: TraceEntry, in table: LeaseTable) -> BootTime {
        if let slotIndex = table.slotIndex(of: entry.address), let durable = table.read(slotIndex)?.durable,
            durable.owner.client == entry.client, durable.owner.state == .bound
        {
            return durable.deadline
        }
        return entry.number == .max ? .never : BootTime(milliseconds: UInt64(entry.number) * 1000)
    }
}
