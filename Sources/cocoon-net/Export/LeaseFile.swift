import Addresses
import FastDHCP
import FoundationEssentials
import Node

/// `leases.json` as other programs read it: an array of `mac`, `ip`, `expiry`, or `null` when nobody has a lease.
struct LeaseFile: Sendable {
    let path: String

    /// One lease as the file tells it.
    struct Row: Decodable {
        let mac: MACAddress
        let ip: IPv4Address
        let expiry: Date

        enum CodingKeys: CodingKey { case mac, ip, expiry }
    }

    /// The bindings that the file holds and that are not over; none when there is no file.
    /// - Throws: what is wrong with it, and the remedy.
    func load() throws -> [RestoredLease] {
        guard let bytes = try Files.read(path, limit: 256 << 20) else { return [] }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        let rows: [Row]
        do {
            rows = try decoder.decode([Row]?.self, from: Data(bytes)) ?? []
        } catch {
            throw OperatorError(
                "\(path): is no list of leases: \(error); move it away to start without them, or put a sound copy there"
            )
        }
        let clock = WallClock()
        return rows.compactMap { row in
            guard row.expiry > clock.date else { return nil }
            let deadline = clock.bootTime(of: row.expiry)
            return RestoredLease(address: row.ip, client: row.mac, deadline: deadline, holdUntil: deadline)
        }
    }

    /// Writes the leases of a table as they are now.
    func write(_ table: LeaseTable) throws {
        var clock = WallClock()
        var text = ""
        text.reserveCapacity(table.count * 96)
        for slotIndex in 0..<table.count {
            guard let slot = table.read(slotIndex), slot.durable.holder.state == .bound else { continue }
            text += text.isEmpty ? "[\n" : ",\n"
            text += "  {\n    \"mac\": \"\(slot.durable.holder.client)\",\n"
            text += "    \"ip\": \"\(table.address(of: slotIndex))\",\n"
            text += "    \"expiry\": \"\(clock.text(of: slot.durable.deadline))\"\n  }"
        }
        text += text.isEmpty ? "null" : "\n]"
        try Files.publish(path, with: Array(text.utf8), mode: 0o644)
    }
}
