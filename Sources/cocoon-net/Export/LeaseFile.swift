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

    /// A row, unless it is none: without an address, or of a MAC that no interface can have.
    private struct Readable: Decodable {
        let row: Row?

        init(from decoder: any Decoder) {
            let row = try? Row(from: decoder)
            self.row = row.flatMap { $0.mac == .zero || $0.mac.isMulticast ? nil : $0 }
        }
    }

    /// The file's bytes and when they were written; nil when there is no file, or when it is empty.
    func read() throws -> (bytes: [UInt8], modifiedAt: WallTime)? {
        guard let file = try Files.readStamped(path, limit: 256 << 20), !file.bytes.isEmpty else { return nil }
        return (file.bytes, WallTime(milliseconds: file.modificationMilliseconds))
    }

    /// The leases in the file's bytes that are not over, and how many rows are none.
    /// - Throws: what is wrong with it, and the remedy, when it is no list at all.
    func leases(in bytes: [UInt8]) throws -> (leases: [ImportedLease], badRowCount: Int) {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        let rows: [Readable]
        do {
            rows = try decoder.decode([Readable]?.self, from: Data(bytes)) ?? []
        } catch {
            throw OperatorError(
                "\(path): is no list of leases: \(error); move it away to start without them, or put a sound copy there"
            )
        }
        let now = Date.now
        let leases = rows.compactMap(\.row).filter { $0.expiry > now }.map { row in
            ImportedLease(address: row.ip, client: row.mac, expiry: WallClock.wallTime(of: row.expiry))
        }
        return (leases, rows.count { $0.row == nil })
    }
}
