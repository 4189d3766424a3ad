/// Identifies one export of the leases (`leases.json`) by its content, so that the next start recognizes it.
public struct ExportFingerprint: Equatable, Sendable {
    public var byteCount: UInt64
    /// CRC-32C of the file.
    public var checksum: UInt32

    init(byteCount: UInt64, checksum: UInt32) {
        self.byteCount = byteCount
        self.checksum = checksum
    }
}
