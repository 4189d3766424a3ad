import Addresses
import FastDHCP

/// A journal file made from the input. Its checksums are right unless the input asks for wrong ones, so that the fuzzer does
/// not have to find them by itself. docs/durability.md describes the format.
///
///     0  bit 0, 1: the first copy of the header is damaged, forged; bit 2, 3: the second one
///        bit 4: leases.json exists; bit 5: the rest of the input is the file itself
///     1  how many records the header counts (4)
///     5  of a forged header: version, generation and prefix length (1 each), how many records it counts (4)
///    12  steps, each chosen by the lowest three bits of its first byte (see `take`)
struct Forgery {
    static let generation: UInt32 = 40
    private static let headerOffsets = [0, 4096]
    private static let recordsOffset = 8192
    private static let times: [UInt64] = [
        0, 1_800_000_000_000 - 7_200_000, 1_800_000_000_000, 1_800_007_200_000, .max, 1 << 63,
    ]

    private(set) var bytes: [UInt8] = []
    private(set) var hasCopy = false
    private var rest: ArraySlice<UInt8>
    /// The number of the next record in order.
    private var nextNumber: UInt64 = 1

    init(_ input: [UInt8]) {
        rest = input[...]
        let traits = takeByte()
        hasCopy = traits & 16 != 0
        guard traits & 32 == 0 else {
            bytes = Array(rest)
            return
        }
        bytes = [UInt8](repeating: 0, count: Self.recordsOffset)
        let recordCount = UInt32(truncatingIfNeeded: takeNumber(4))
        let forged = Self.header(
            version: UInt32(takeByte()), generation: UInt32(takeByte()), prefixLength: UInt32(takeByte()),
            recordCount: UInt32(truncatingIfNeeded: takeNumber(4)))
        let sound = Self.header(version: 1, generation: Self.generation, prefixLength: 24, recordCount: recordCount)
        for (copy, offset) in Self.headerOffsets.enumerated() {
            let kind = traits >> UInt8(copy * 2) & 3
            bytes.replaceSubrange(offset..<offset + 64, with: kind & 2 == 0 ? sound : forged)
            if kind & 1 != 0 { bytes[offset + 17] ^= 4 }
        }
        while let step = rest.popFirst() { take(step) }
    }

    private mutating func take(_ step: UInt8) {
        switch step & 7 {
        case 0, 1:  // the next record in order; bits 3 to 5 are its place in its batch
            let (address, client, kind) = (takeByte(), takeByte(), takeByte())
            bytes += record(
                nextNumber, indexInBatch: UInt16(step >> 3 & 7), Self.generation, code: kind & 3 + 1, address: address,
                client: client, times: [3, 3, 2])
            nextNumber += 1
        case 2:  // any record
            let (number, indexInBatch) = (takeNumber(8), UInt16(truncatingIfNeeded: takeNumber(2)))
            let (generation, code, address, client) = (takeByte(), takeByte(), takeByte(), takeByte())
            let times = [takeByte(), takeByte(), takeByte()]
            bytes += record(
                number, indexInBatch: indexInBatch, UInt32(generation), code: code, address: address, client: client,
                times: times)
        case 3: bytes += [UInt8](repeating: 0, count: 64 * Int(step >> 3))
        case 4:
            bytes += rest.prefix(64)
            rest = rest.dropFirst(64)
        case 5:  // damage to one of the last 256 bytes
            let (distance, mask) = (Int(takeByte()) + 1, takeByte())
            if distance <= bytes.count { bytes[bytes.count - distance] ^= mask }
        case 6:  // repeats the last records
            bytes += bytes.suffix(min(64 * Int(step >> 3), bytes.count - Self.recordsOffset).clamped)
        default: bytes.removeLast(min(Int(takeNumber(2)), bytes.count))
        }
    }

    private mutating func takeByte() -> UInt8 { rest.popFirst() ?? 0 }

    private mutating func takeNumber(_ byteCount: Int) -> UInt64 {
        (0..<byteCount).reduce(0) { number, _ in number << 8 | UInt64(takeByte()) }
    }

    private static func header(
        version: UInt32, generation: UInt32, prefixLength: UInt32, recordCount: UInt32
    ) -> [UInt8] {
        var body = bigEndian(UInt64(version), 4) + bigEndian(UInt64(generation), 4) + [10, 0, 0, 0]
        body += bigEndian(UInt64(prefixLength), 4) + bigEndian(UInt64(recordCount), 4)
        body += [UInt8](repeating: 0, count: 52 - body.count)
        return Array("COCOONJL".utf8) + checksum(body) + body
    }

    /// A record.
    /// - Parameter times: the indices in `Self.times` of the deadline, the hold time and the time of writing.
    private func record(
        _ number: UInt64, indexInBatch: UInt16, _ generation: UInt32, code: UInt8, address: UInt8, client: UInt8,
        times: [UInt8]
    ) -> [UInt8] {
        // An address of the pool, or one of the six after it.
        let address: [UInt8] = [10, 0, 0, 2 + address % 12]
        var body = [code, client >> 7] + Self.bigEndian(UInt64(indexInBatch), 2) + Self.bigEndian(number, 8)
        body += address + [2, 0, 0, 0, 1, client & 7, 0, 0] + Self.bigEndian(UInt64(generation), 4)
        for time in times { body += Self.bigEndian(Self.times[Int(time) % Self.times.count], 8) }
        body += [0, 0, 0, 0] + address.map { ~$0 }
        return Self.checksum(body) + body
    }

    private static func bigEndian(_ number: UInt64, _ byteCount: Int) -> [UInt8] {
        (0..<byteCount).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * (byteCount - 1 - $0))) }
    }

    private static func checksum(_ body: [UInt8]) -> [UInt8] {
        bigEndian(UInt64(CRC32C().checksum(of: body.span)), 4)
    }
}

extension Int {
    /// The number, or 0 if it is negative.
    fileprivate var clamped: Int { Swift.max(self, 0) }
}
