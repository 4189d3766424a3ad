/// The marks of the latest exports, oldest first.
///
/// A rename that was not synced may be undone by a power cut, so that an earlier export has its name back. Every export
/// that can come back has to be among these marks: whoever exports syncs the file at least every `exportsBetweenSyncs`
/// exports, which is a fraction of `capacity`, because attempts that fail count as well.
public struct ExportMarks: Sendable {
    /// How many marks are kept; each is one record of the journal.
    static let capacity = 1024
    /// After how many exports the file has to be synced before the next one.
    public static let exportsBetweenSyncs = capacity / 4

    private(set) var latest: [ExportMark] = []

    init() { latest.reserveCapacity(Self.capacity + 1) }

    var count: Int { latest.count }

    func contains(_ mark: ExportMark) -> Bool { latest.contains(mark) }

    /// Adds a mark as the latest, and drops the oldest when there are too many.
    mutating func insert(_ mark: ExportMark) {
        latest.removeAll { $0 == mark }
        latest.append(mark)
        if latest.count > Self.capacity { latest.removeFirst() }
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

extension ExportMark {
    public init(of content: [UInt8]) {
        var marker = ExportMarker()
        marker.take(content)
        self = marker.mark
    }
}
