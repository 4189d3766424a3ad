import Addresses
import FastDHCP
import LinuxSystem

/// A record of the journal file as the checker reads it, without the journal's own code.
struct DurableRecord {
    static let byteCount = 64
    static let firstOffset = 8192

    var isBound: Bool
    var address: IPv4Address
    var client: MACAddress
    /// Milliseconds of wall time.
    var holdUntil: UInt64
    var decidedAt: UInt64

    private static let crc = CRC32C()

    /// The latest valid record of an address, among the records whose numbers follow each other from 1.
    static func latest(of address: IPv4Address, in bytes: [UInt8]) -> DurableRecord? {
        var latest: DurableRecord?
        var offset = firstOffset
        var number: UInt64 = 1
        while offset + byteCount <= bytes.count, self.number(in: bytes, at: offset + 8, 8) == number {
            if self.number(in: bytes, at: offset + 16, 4) == UInt64(address.rawValue) {
                // A torn record is the end: it was never acknowledged.
                guard let record = read(bytes, at: offset) else { return latest }
                latest = record
            }
            offset += byteCount
            number += 1
        }
        return latest
    }

    /// The record at `offset`; nil when its checksum is wrong.
    static func read(_ bytes: [UInt8], at offset: Int) -> DurableRecord? {
        let sum = crc.checksum(of: bytes.span.extracting(offset + 4..<offset + byteCount))
        guard number(in: bytes, at: offset, 4) == UInt64(sum) else { return nil }
        return DurableRecord(
            isBound: bytes[offset + 4] == 1,
            address: IPv4Address(rawValue: UInt32(truncatingIfNeeded: number(in: bytes, at: offset + 16, 4))),
            client: MACAddress(rawValue: number(in: bytes, at: offset + 20, 6)),
            holdUntil: number(in: bytes, at: offset + 40, 8), decidedAt: number(in: bytes, at: offset + 48, 8))
    }

    /// For how long from now a restart would keep the address.
    func holdMilliseconds(at wall: WallTime) -> UInt64 {
        let now = max(wall.milliseconds, decidedAt)
        return holdUntil > now ? holdUntil - now : 0
    }

    private static func number(in bytes: [UInt8], at offset: Int, _ byteCount: Int) -> UInt64 {
        (offset..<offset + byteCount).reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
    }
}
