import Addresses
import FastDHCP
import LeaseText
import LinuxSystem
import Node

/// A change of a lease that is durable and routed, or the refusal of an address.
struct LeaseEvent: Sendable {
    let event: TraceEvent
    let client: MACAddress
    let address: IPv4Address
    private let nanoseconds: UInt64
    /// When the lease ends. Nil if it has ended already.
    private let deadline: BootTime?

    /// Nil for any other step of an exchange.
    init?(_ entry: TraceEntry, in table: LeaseTable) {
        switch entry.event {
        case .granted, .renewed: deadline = Self.deadline(of: entry, in: table)
        case .released, .declined, .expired, .nak: deadline = nil
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

    /// The end of the lease. If the client still has the address, the table gives it to the millisecond; otherwise the
    /// trace entry gives it to the second.
    private static func deadline(of entry: TraceEntry, in table: LeaseTable) -> BootTime {
        if let slotIndex = table.slotIndex(of: entry.address), let durable = table.read(slotIndex)?.durable,
            durable.owner.client == entry.client, durable.owner.state == .bound
        {
            return durable.deadline
        }
        return entry.number == .max ? .never : BootTime(milliseconds: UInt64(entry.number) * 1000)
    }
}
