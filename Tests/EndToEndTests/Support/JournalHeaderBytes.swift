import Addresses
import TestSupport

/// The header of a journal, written apart from the daemon's code: magic, checksum, version, generation, network.
struct JournalHeaderBytes {
    var version: UInt32 = 1
    var network: IPv4Network

    var bytes: [UInt8] {
        var body = version.bigEndianBytes + UInt32(7).bigEndianBytes + network.address.bytes
        body += UInt32(network.prefixLength).bigEndianBytes
        body += [UInt8](repeating: 0, count: 52 - body.count)
        return Array("COCOONJL".utf8) + castagnoli(body).bigEndianBytes + body
    }

    /// Shell that writes it where a journal has its two copies.
    func shell(over path: String) -> String {
        let text = bytes.map { "\\0" + String($0, radix: 8) }.joined()
        return [0, 64].map { block in
            "printf '%b' '\(text)' | dd of=\(path) bs=64 seek=\(block) conv=notrunc status=none"
        }.joined(separator: "\n")
    }
}

/// CRC-32C (RFC 3720 appendix B.4), bit by bit.
private func castagnoli(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { checksum, byte in
        (0..<8).reduce(checksum ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1) * 0x82F6_3B78 }
    }
}
