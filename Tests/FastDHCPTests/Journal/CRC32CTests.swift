import Testing

@testable import FastDHCP

@Suite("CRC-32C")
struct CRC32CTests {
    private static let vectors: [([UInt8], UInt32)] = [
        (Array("123456789".utf8), 0xE306_9283),
        (Array("a".utf8), 0xC1D0_4330),
        ([UInt8](repeating: 0x00, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0..<32), 0x46DD_794E),
        (Array((0..<32).reversed()), 0x113F_DB5C),
        ([], 0),
    ]

    @Test("it gives the published check values (RFC 3720 appendix B.4 among them)", arguments: vectors)
    func published(bytes: [UInt8], checksum: UInt32) {
        #expect(CRC32C().checksum(of: bytes.span) == checksum)
    }

    @Test("bytes in one piece and in two have the same checksum, wherever the cut is")
    func pieces() {
        let bytes = (0..<40).map { UInt8($0 * 37 & 0xFF) }
        let crc = CRC32C()
        for cut in 0...bytes.count {
            let head = crc.remainder(CRC32C.start, of: Array(bytes[..<cut]).span)
            #expect(~crc.remainder(head, of: Array(bytes[cut...]).span) == crc.checksum(of: bytes.span))
        }
    }

    @Test("the checksum of zeros is not zero, so blank space is not a valid record")
    func blank() {
        #expect(CRC32C().checksum(of: [UInt8](repeating: 0, count: 60).span) != 0)
    }
}
