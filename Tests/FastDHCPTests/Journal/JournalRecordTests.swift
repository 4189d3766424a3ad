import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("journal records and headers")
struct JournalRecordTests {
    private let crc = CRC32C()
    private let record = JournalRecord(
        state: .bound, isRelayed: true, address: IPv4Address(10, 1, 2, 3),
        client: MACAddress(rawValue: 0x0211_2233_4455), deadline: WallTime(milliseconds: 0x0102_0304_0506_0708),
        holdUntil: WallTime(milliseconds: 0x1112_1314_1516_1718),
        decidedAt: WallTime(milliseconds: 0x2122_2324_2526_2728))
    private let position = JournalPosition(
        generation: 0xA1A2_A3A4, number: 0xB1B2_B3B4_B5B6_B7B8, indexInBatch: 0xC1C2)

    /// The 64 bytes that are encoded. Checks that the bytes around them stay as they were.
    private func bytes(_ encode: (inout MutableSpan<UInt8>) -> Void) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xEE, count: 128)
        var span = bytes.mutableSpan
        encode(&span)
        #expect(bytes[..<32].allSatisfy { $0 == 0xEE } && bytes[96...].allSatisfy { $0 == 0xEE })
        return Array(bytes[32..<96])
    }

    private func checksum(_ bytes: some Collection<UInt8>) -> [UInt8] {
        bigEndian(crc.checksum(of: Array(bytes).span))
    }

    private func bigEndian(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * $0)) }
    }

    @Test("a record's 64 bytes have the documented layout")
    func recordLayout() {
        let bytes = bytes { record.encode(position, crc, into: &$0, at: 32) }
        #expect(bytes[4...5] == [1, 1])
        #expect(bytes[6..<8] == [0xC1, 0xC2])
        #expect(bytes[8..<16] == [0xB1, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8])
        #expect(bytes[16..<20] == [10, 1, 2, 3])
        #expect(bytes[20..<28] == [0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 0, 0])
        #expect(bytes[28..<32] == [0xA1, 0xA2, 0xA3, 0xA4])
        #expect(bytes[32..<40] == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(bytes[40..<48] == [0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18])
        #expect(bytes[48..<56] == [0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28])
        #expect(bytes[56..<60] == [0, 0, 0, 0])
        #expect(bytes[60...] == [245, 254, 253, 252])
        #expect(Array(bytes[..<4]) == checksum(bytes[4...]))
    }

    @Test("an export fingerprint's 64 bytes have the documented layout")
    func fingerprintLayout() {
        let fingerprint = ExportFingerprint(byteCount: 0x0102_0304_0506_0708, checksum: 0xAABB_CCDD)
        let bytes = bytes { fingerprint.encode(position, crc, into: &$0, at: 32) }
        #expect(bytes[4] == 5)
        #expect(bytes[32..<40] == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(bytes[40..<48] == [0, 0, 0, 0, 0xAA, 0xBB, 0xCC, 0xDD])
        #expect(Array(bytes[..<4]) == checksum(bytes[4...]))
        #expect(JournalRecord.decode(bytes.span, crc) == .fingerprint(fingerprint, position))
    }

    @Test(
        "each state reads back as it was written", arguments: [LeaseState.bound, .expired, .declined, .quarantined],
        [false, true])
    func roundTrip(state: LeaseState, isRelayed: Bool) {
        var record = record
        record.state = state
        record.isRelayed = isRelayed
        let bytes = bytes { record.encode(position, crc, into: &$0, at: 32) }
        #expect(JournalRecord.decode(bytes.span, crc) == .record(record, position))
        let codes: [LeaseState: UInt8] = [.bound: 1, .expired: 2, .declined: 3, .quarantined: 4]
        #expect(bytes[4] == codes[state])
    }

    @Test("times at both ends of their range read back", arguments: [0, 1, UInt64.max - 1, .max])
    func extremes(milliseconds: UInt64) {
        let time = WallTime(milliseconds: milliseconds)
        let record = JournalRecord(
            state: .bound, isRelayed: false, address: IPv4Address(255, 255, 255, 255), client: .zero, deadline: time,
            holdUntil: time, decidedAt: time)
        let bytes = bytes { record.encode(position, crc, into: &$0, at: 32) }
        #expect(JournalRecord.decode(bytes.span, crc) == .record(record, position))
    }

    @Test("a record with any bit flipped is damaged; its address can be read unless the bit was in it")
    func flips() {
        let sound = bytes { record.encode(position, crc, into: &$0, at: 32) }
        for bit in 0..<512 {
            var bytes = sound
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            let isAddressHit = (16..<20).contains(bit / 8) || (60..<64).contains(bit / 8)
            #expect(JournalRecord.decode(bytes.span, crc) == .damaged(isAddressHit ? nil : record.address))
        }
    }

    @Test("zeros are a blank record; an unknown state is damage")
    func others() {
        #expect(JournalRecord.decode([UInt8](repeating: 0, count: 64).span, crc) == .blank)
        var bytes = bytes { record.encode(position, crc, into: &$0, at: 32) }
        for code in [0, 6, 255] as [UInt8] {
            bytes[4] = code
            bytes.replaceSubrange(..<4, with: checksum(bytes[4...]))
            #expect(JournalRecord.decode(bytes.span, crc) == .damaged(record.address))
        }
    }

    @Test("a header's bytes have the documented layout and read back")
    func header() {
        let network = IPv4Network(containing: IPv4Address(172, 20, 0, 0), prefixLength: 14)
        let header = JournalHeader(generation: 0xA1A2_A3A4, pool: network)
        var bytes = [UInt8](repeating: 0, count: 64)
        var span = bytes.mutableSpan
        header.encode(crc, into: &span, at: 0)
        #expect(Array(bytes[..<8]) == Array("COCOONJL".utf8))
        #expect(Array(bytes[8..<12]) == checksum(bytes[12...]))
        #expect(bytes[12..<16] == [0, 0, 0, 1])
        #expect(bytes[16..<20] == [0xA1, 0xA2, 0xA3, 0xA4])
        #expect(bytes[20..<24] == [172, 20, 0, 0])
        #expect(bytes[24..<28] == [0, 0, 0, 14])
        #expect(JournalHeader.decode(bytes.span, crc) == header)
        for bit in 0..<512 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(JournalHeader.decode(damaged.span, crc) == nil)
        }
    }

    @Test("a header with an impossible prefix length is rejected and does not trap", arguments: [33, 255, .max])
    func impossiblePrefix(length: UInt32) {
        var bytes = [UInt8](repeating: 0, count: 64)
        var span = bytes.mutableSpan
        JournalHeader(generation: 1, pool: JournalBench.network).encode(crc, into: &span, at: 0)
        bytes.replaceSubrange(24..<28, with: bigEndian(length))
        bytes.replaceSubrange(8..<12, with: checksum(bytes[12...]))
        #expect(JournalHeader.decode(bytes.span, crc) == nil)
    }
}
