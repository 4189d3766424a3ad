import Addresses
import LinuxSystem

/// The header of a journal. Two copies of it, each in its own 4 KiB block, come before the records.
///
///      0  "COCOONJL"     8  checksum (CRC-32C) of bytes 12 to 63
///     12  version       16  generation      20  network of the pool   24  its prefix length
///     28  how many records were written together with the header   32  zeros
struct JournalHeader: Equatable {
    static let version: UInt32 = 1
    static let byteCount = 64
    /// The byte offsets of the two copies.
    static let offsets = [0, 4096]
    /// The byte offset of the first record.
    static let recordsOffset = 8192

    private static let magic: UInt64 = 0x434F_434F_4F4E_4A4C

    var version = Self.version
    /// Distinguishes the records of this file from those of another file, wherever the disk may have put them.
    var generation: UInt32
    var pool: IPv4Network
    /// How many records there must be at least.
    var recordCount: UInt32 = 0

    func encode(_ crc: CRC32C, into bytes: inout MutableSpan<UInt8>, at offset: Int) {
        bytes.store(Self.magic, at: offset)
        bytes.store(version, at: offset + 12)
        bytes.store(generation, at: offset + 16)
        bytes.store(pool.address, at: offset + 20)
        bytes.store(UInt32(pool.prefixLength), at: offset + 24)
        bytes.store(recordCount, at: offset + 28)
        let checksum = crc.checksum(of: bytes.span.extracting(offset + 12..<offset + Self.byteCount))
        bytes.store(checksum, at: offset + 8)
    }

    /// Returns nil when the 64 bytes are not a sound header.
    static func decode(_ bytes: Span<UInt8>, _ crc: CRC32C) -> JournalHeader? {
        guard hasMagic(bytes), bytes.uint32(at: 8) == crc.checksum(of: bytes.extracting(droppingFirst: 12)),
            bytes.uint32(at: 24) <= 32
        else { return nil }
        let network = IPv4Network(
            containing: bytes.ipv4Address(at: 20), prefixLength: Int(bytes.uint32(at: 24)))
        return JournalHeader(
            version: bytes.uint32(at: 12), generation: bytes.uint32(at: 16), pool: network,
            recordCount: bytes.uint32(at: 28))
    }

    private static func hasMagic(_ bytes: Span<UInt8>) -> Bool { bytes.uint64(at: 0) == magic }

    /// Whether the first `byteCount` bytes of a file are the start of a header. `bytes` holds zeros after them.
    static func hasMagic(_ bytes: Span<UInt8>, byteCount: Int) -> Bool {
        let missing = UInt64(8 * max(8 - byteCount, 0))
        return bytes.uint64(at: 0) == (magic >> missing) << missing
    }
}
