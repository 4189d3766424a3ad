import Addresses
import FastDHCP
import LeaseText
import Node

/// The recent events of one client. They show why a VM has no address.
struct TraceView: Sendable {
    let server: Server

    func json(of client: MACAddress) -> JSON {
        let entries = server.traces.flatMap { $0.entries(of: client) }.sorted { $0.nanoseconds < $1.nanoseconds }
        let clock = WallClock()
        lazy var dryPool = server.poolCounts.remedy
        var begin: UInt64 = 0
        let exchanges = entries.map { entry in
            // A DISCOVER begins a new exchange, and so does any event after a pause.
            if entry.event == .discover || entry.nanoseconds > begin + Self.pauseNanoseconds {
                begin = entry.nanoseconds
            }
            let remedy = entry.silence == .poolExhausted ? dryPool : entry.silence?.remedy ?? entry.event.remedy
            return json(entry, since: begin, clock, remedy: remedy)
        }
        return .members(["mac": .text(client), "exchanges": .array(exchanges)])
    }

    /// Eight digits, as packet captures show an xid.
    private static func hexadecimal(_ number: UInt32) -> String {
        let digits = String(number, radix: 16)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }

    private static let pauseNanoseconds: UInt64 = 10_000_000_000

    private func json(_ entry: TraceEntry, since begin: UInt64, _ clock: WallClock, remedy: String?) -> JSON {
        let option = entry.omittedOption.map { "option \($0)" }
        let reason = entry.silence.map { "\($0)" } ?? entry.drop.map { "\($0)" } ?? option
        let hasAddress = entry.address != .unspecified
        let xid = entry.event.isMessage ? Self.hexadecimal(entry.number) : nil
        return .members([
            "time": .string(clock.preciseText(ofNanoseconds: entry.nanoseconds)),
            "microseconds": .number((entry.nanoseconds - begin) / 1000), "event": .string("\(entry.event)"),
            "ip": hasAddress ? .text(entry.address) : nil,
            "xid": xid.map { .string($0) },
            "reason": reason.map { .string($0) },
            "remedy": remedy.map { .string($0) },
        ])
    }
}

extension TraceEvent {
    fileprivate var isMessage: Bool { rawValue <= TraceEvent.inform.rawValue }

    fileprivate var remedy: String? {
        switch self {
        case .drop: "the message is malformed, forged or came through a relay that --relay does not allow"
        case .failed: "the disk or the kernel refused the change: see the log, and run cocoon-net doctor"
        case .stalled: "the kernel refused the route, and the daemon tries again: see the log"
        case .incomplete:
            "the option does not fit into the reply: shorten it in pool.json, or let the client send option 57"
        default: nil
        }
    }
}

extension PoolCounts {
    /// What the operator can do when the pool has no address for a new client, and the state of all its addresses.
    fileprivate var remedy: String {
        var steps = [SilenceReason.poolExhausted.remedy]
        if reserved > 0 {
            steps.append("remove reservations of VMs that are gone from pool.json and run cocoon-net reload")
        }
        if self[.declined] > 0 { steps.append("find out who answers ARP for the declined addresses") }
        let uses = [
            (self[.bound], "leased"), (self[.offered], "offered"), (reserved, "reserved for others"),
            (self[.declined], "declined"), (self[.quarantined], "quarantined"), (available, "available"),
        ]
        let now = uses.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        return steps.joined(separator: "; ") + " (addresses now: \(now))"
    }
}

extension SilenceReason {
    /// Why the client got no answer, and what the operator can do about it.
    fileprivate var remedy: String {
        switch self {
        case .foreignSubnet: "the relay or the client is in a network that this pool does not serve"
        case .poolExhausted: "release leases of VMs that are gone with cocoon-net leases release, or enlarge the pool"
        case .otherServer: "the client chose another DHCP server: see cocoon-net doctor"
        case .unknownClient: "the client asks for an address from elsewhere; it will start over with a DISCOVER"
        case .missingAddress: "the client's message names no address; update the client"
        case .changeInFlight: "an earlier change was still being written; the client's newest message counts"
        case .releaseRefused: "the RELEASE did not come from the address that it releases"
        case .declineRefused: "the client does not hold the address that it declines"
        case .declineLimit: "the client declined too many addresses: find out who uses them"
        case .committerBusy: "the disk is too slow for so many leases at once; the client asks again"
        case .quarantined:
            "the address's record was damaged on disk: when no VM uses it, run cocoon-net leases release --address"
        }
    }
}
