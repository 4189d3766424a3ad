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

    /// The file's bytes; nil when there is none, or when it is empty.
    func read() throws -> [UInt8]? {
        guard let bytes = try Files.read(path, limit: 256 << 20), !bytes.isEmpty else { return nil }
        return bytes
    }

    /// The leases in the file's bytes that are not over.
    /// - Throws: what is wrong with it, and the remedy.
    func rows(in bytes: [UInt8]) throws -> [ImportedLease] {
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

    /// Writes the leases of a table as they are now.
    /// - Parameter note: notes the file's mark where the next start looks for it; false keeps the file as it is.
    func write(_ table: LeaseTable, note: (ExportMark) -> Bool) throws {
        var printer = LeasePrinter(table)
        try Files.publish(path, mode: 0o644) {
            if let piece = printer.next() { return piece }
            guard note(printer.mark) else {
                throw OperatorError("the journal takes no records; see the log's line about the journal")
            }
            return nil
        }
    }
}
