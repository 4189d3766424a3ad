/// By what the journal knows its own export of the leases again: when the file at the next start is another one, another
/// program wrote it.
public struct ExportMark: Equatable, Sendable {
    public var byteCount: UInt64
    /// CRC-32C of the file.
    public var checksum: UInt32

    public init(of content: [UInt8]) {
        var marker = ExportMarker()
        marker.take(content)
        self = marker.mark
    }

    init(byteCount: UInt64, checksum: UInt32) {
        self.byteCount = byteCount
        self.checksum = checksum
    }
}

/// Makes the mark of a file that comes in pieces.
public struct ExportMarker: Sendable {
    private let crc = CRC32C()
    private var remainder = CRC32C.start
    private var byteCount: UInt64 = 0

    public init() {}

    public mutating func take(_ piece: [UInt8]) {
        remainder = crc.remainder(remainder, of: piece.span)
        byteCount += UInt64(piece.count)
    }

    public var mark: ExportMark { ExportMark(byteCount: byteCount, checksum: ~remainder) }
}
