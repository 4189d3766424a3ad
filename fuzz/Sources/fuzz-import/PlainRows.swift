import Addresses
import FastDHCP
import FoundationEssentials
import LeaseText
import Node

/// Reads leases.json a second time in the simplest way: with the parser of pool.json, one row after another.
struct PlainRows {
    private(set) var leases: [ImportedLease] = []
    private(set) var badRowCount = 0

    /// Nil if the two parsers need not agree: about text that is not JSON, and about an object with a key twice.
    init?(_ bytes: [UInt8], at now: Date) {
        guard let json = try? JSON(parsing: bytes) else { return nil }
        guard json != .null else { return }
        guard case .array(let rows) = json else { return nil }
        for row in rows {
            if case .object(let members) = row, Set(members.map(\.key)).count != members.count { return nil }
            guard case .string(let mac) = row["mac"], let client = MACAddress(mac), client != .zero,
                !client.isMulticast, case .string(let ip) = row["ip"], let address = IPv4Address(ip),
                case .string(let expiry) = row["expiry"], let end = try? Date(expiry, strategy: .iso8601)
            else {
                badRowCount += 1
                continue
            }
            guard end > now else { continue }
            leases.append(ImportedLease(address: address, client: client, expiry: WallClock.wallTime(of: end)))
        }
    }
}
