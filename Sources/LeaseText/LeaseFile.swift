import Addresses
public import FastDHCP
import FoundationEssentials
public import LinuxSystem

/// `leases.json`, written for other programs: an array of objects with `mac`, `ip` and `expiry`, or `null` if there are no
/// leases.
public struct LeaseFile: Sendable {
    public let path: String

    public init(path: String) { self.path = path }

    /// One lease in the file.
    private struct Row: Decodable {
        let mac: MACAddress
        let ip: IPv4Address
        let expiry: Date

        enum CodingKeys: CodingKey { case mac, ip, expiry }
    }

    /// A row of the file. Nil if it cannot be read, or if its MAC is not one that an interface can have.
    private struct Readable: Decodable {
        let row: Row?

        init(from decoder: any Decoder) {
            let row = try? Row(from: decoder)
            self.row = row.flatMap { $0.mac == .zero || $0.mac.isMulticast ? nil : $0 }
        }
    }

    /// The file's bytes and its modification time. Nil if the file is missing or empty.
    public func read() throws(SystemError) -> (bytes: [UInt8], modifiedAt: WallTime)? {
        guard let file = try Files.readStamped(path, limit: 256 << 20), !file.bytes.isEmpty else { return nil }
        return (file.bytes, WallTime(milliseconds: file.modificationMilliseconds))
    }

    /// The leases in the file's bytes that have not expired, and the number of rows that cannot be used.
    /// - Throws: an error that says what to do, when the file is not a list at all.
    public func leases(in bytes: [UInt8]) throws(LeaseFileError) -> (leases: [ImportedLease], badRowCount: Int) {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        let rows: [Readable]
        do {
            rows = try decoder.decode([Readable]?.self, from: Data(bytes)) ?? []
        } catch {
            throw LeaseFileError(path: path, cause: "\(error)")
        }
        let now = Date.now
        let leases = rows.compactMap(\.row).filter { $0.expiry > now }.map { row in
            ImportedLease(address: row.ip, client: row.mac, expiry: WallClock.wallTime(of: row.expiry))
        }
        return (leases, rows.count { $0.row == nil })
    }
}

/// The file is not a list of leases.
public struct LeaseFileError: Error, CustomStringConvertible {
    let path: String
    let cause: String

    public var description: String {
        "\(path) is not a list of leases: \(cause); move it away to start without it, or replace it with a good copy"
    }
}
