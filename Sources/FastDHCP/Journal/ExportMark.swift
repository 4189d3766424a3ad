/// By what the journal knows its own export of the leases again: when the file at the next start is another one, another
/// program wrote it.
public struct ExportMark: Equatable, Sendable {
    public var byteCount: UInt64
    /// CRC-32C of the file.
    public var checksum: UInt32

    public init(of content: [UInt8]) {
        byteCount = UInt64(content.count)
        checksum = CRC32C().checksum(of: content.span)
    }

    init(byteCount: UInt64, checksum: UInt32) {
        self.byteCount = byteCount
        self.checksum = checksum
    }
}
