/// The fingerprints of the latest exports, oldest first.
///
/// A rename that was not synced may be undone by a power cut, so that an earlier export has its name back. Every export
/// that can come back has to be among these fingerprints: whoever exports syncs the file at least every `exportsBetweenSyncs`
/// exports, which is a fraction of `capacity`, because attempts that fail count as well.
public struct ExportFingerprints: Sendable {
    /// How many fingerprints are kept; each is one record of the journal.
    static let capacity = 1024
    /// After how many exports the file has to be synced before the next one.
    public static let exportsBetweenSyncs = capacity / 4

    private(set) var latest: [ExportFingerprint] = []

    init() { latest.reserveCapacity(Self.capacity + 1) }

    var count: Int { latest.count }

    func contains(_ fingerprint: ExportFingerprint) -> Bool { latest.contains(fingerprint) }

    /// Adds a fingerprint as the latest, and drops the oldest when there are too many.
    mutating func insert(_ fingerprint: ExportFingerprint) {
        latest.removeAll { $0 == fingerprint }
        latest.append(fingerprint)
        if latest.count > Self.capacity { latest.removeFirst() }
    }
}

/// Makes the fingerprint of a file that comes in pieces.
public struct FingerprintRecorder: Sendable {
    private let crc = CRC32C()
    private var remainder = CRC32C.start
    private var byteCount: UInt64 = 0

    public init() {}

    public mutating func take(_ piece: [UInt8]) {
        remainder = crc.remainder(remainder, of: piece.span)
        byteCount += UInt64(piece.count)
    }

    public var fingerprint: ExportFingerprint { ExportFingerprint(byteCount: byteCount, checksum: ~remainder) }
}

extension ExportFingerprint {
    public init(of content: [UInt8]) {
        var marker = FingerprintRecorder()
        marker.take(content)
        self = marker.fingerprint
    }
}
