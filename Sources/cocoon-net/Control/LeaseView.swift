import Addresses
import FastDHCP
import LeaseText
import NIOHTTP1
import Node

/// The leases in the JSON form of the control API.
struct LeaseView: Sendable {
    let server: Server

    /// The lease that a client holds now. Nil if it holds none; an offer or an earlier lease does not count.
    func lease(of client: MACAddress) -> JSON? {
        for slotIndex in 0..<server.table.count {
            guard let slot = server.table.read(slotIndex), slot.owner.state == .bound, slot.owner.client == client
            else { continue }
            var clock = WallClock()
            return json(slotIndex, slot, &clock)
        }
        return nil
    }

    /// One page of the leases that match, in address order. `next` is there if more follow.
    func page(_ query: LeaseQuery) -> JSON {
        var clock = WallClock()
        var rows: [JSON] = []
        var last: IPv4Address?
        for slotIndex in 0..<server.table.count {
            let address = server.table.address(of: slotIndex)
            if let after = query.after, address.rawValue <= after.rawValue { continue }
            guard let slot = server.table.read(slotIndex), query.matches(slot, address) else { continue }
            if rows.count == query.limit {
                return .members(["leases": .array(rows), "next": last.map { .text($0) }])
            }
            rows.append(json(slotIndex, slot, &clock))
            last = address
        }
        return .members(["leases": .array(rows)])
    }

    private func json(_ slotIndex: Int, _ slot: LeaseSlot, _ clock: inout WallClock) -> JSON {
        let address = server.table.address(of: slotIndex)
        let client = slot.owner.client
        return .members([
            "mac": .text(client), "ip": .text(address), "state": .string("\(slot.owner.state)"),
            "expiry": .string(clock.text(of: slot.deadline)),
            "durable": .bool(!slot.owner.isPending && slot.durable.owner == slot.owner),
            "reserved": .bool(server.policies.present.reservedAddress(for: client) == address),
            "hostname": server.hostNames.name(of: client, at: slotIndex).map { .string($0) },
        ])
    }
}

/// The filters of a lease listing.
struct LeaseQuery {
    var state: LeaseState?
    var client: MACAddress?
    var address: IPv4Address?
    var after: IPv4Address?
    var limit = defaultLimit

    static let defaultLimit = 1000
    static let limits = 1...10_000

    /// Parses a URL's query, such as `state=bound&limit=10`.
    /// - Throws: on the first item that is unknown or malformed.
    init(_ query: String) throws(ControlError) {
        for item in query.split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = parts[0].percentDecoded, let value = parts.count < 2 ? "" : parts[1].percentDecoded else {
                throw ControlError(
                    .badRequest, "\(item) in the query is not percent-encoded UTF-8; write %25 for a percent sign")
            }
            switch key {
            case "state": state = try Self.parse(key, value, "one of \(Self.stateNames)", Self.state)
            case "mac":
                client = try Self.parse(key, value, "a MAC address such as 52:54:00:12:34:56") { MACAddress($0) }
            case "ip": address = try Self.parse(key, value, "an IPv4 address") { IPv4Address($0) }
            case "after": after = try Self.parse(key, value, "an IPv4 address") { IPv4Address($0) }
            case "limit":
                limit = try Self.parse(key, value, "a number from 1 to \(Self.limits.upperBound)") {
                    Int($0).flatMap { Self.limits.contains($0) ? $0 : nil }
                }
            default:
                throw ControlError(
                    .badRequest, "\"\(key)\" is not a filter; use state, mac, ip, limit or after",
                    field: key.isEmpty ? nil : key)
            }
        }
    }

    func matches(_ slot: LeaseSlot, _ address: IPv4Address) -> Bool {
        let owner = slot.owner
        return owner.state != .free && (state == nil || owner.state == state)
            && (client == nil || owner.client == client) && (self.address == nil || address == self.address)
    }

    private static var states: [LeaseState] { LeaseState.allCases.filter { $0 != .free } }
    static var stateNames: String { states.map { "\($0)" }.joined(separator: ", ") }
    static func state(_ text: String) -> LeaseState? { states.first { "\($0)" == text } }

    private static func parse<Value>(
        _ key: String, _ text: String, _ form: String, _ read: (String) -> Value?
    ) throws(ControlError) -> Value {
        guard let value = read(text) else {
            throw ControlError(.badRequest, "\(key)=\(text) is not \(form)", field: key)
        }
        return value
    }
}
