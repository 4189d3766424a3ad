import Addresses
import FastDHCP
import FoundationEssentials
import LinuxSystem
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

    /// The file's bytes and when they were written; nil when there is no file, or when it is empty.
    func read() throws -> (bytes: [UInt8], modifiedAt: WallTime)? {
        guard let file = try Files.readStamped(path, limit: 256 << 20), !file.bytes.isEmpty else { return nil }
        return (file.bytes, WallTime(milliseconds: file.modificationMilliseconds))
    }

    /// The leases in the file's bytes that are not over.
    /// - Throws: what is wrong with it, and the remedy.
    func leases(in bytes: [UInt8]) throws -> [ImportedLease] {
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
        let now = Date.now
        return rows.compactMap { row in
            guard row.expiry > now else { return nil }
            return ImportedLease(address: row.ip, client: row.mac, expiry: WallClock.wallTime(of: row.expiry))
        }
    }
}
