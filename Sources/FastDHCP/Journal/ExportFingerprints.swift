/// The fingerprints of the latest exports, oldest first.
///
/// A power cut may undo a rename that was not synced, and then an earlier export is back under that name. The
/// fingerprint of every export that can come back this way must be here. Therefore the exporting code syncs the file at
/// least every `exportsBetweenSyncs` exports. That is a fraction of `capacity`, because failed attempts to export add a
/// fingerprint too.
public struct ExportFingerprints: Sendable {
    /// How many fingerprints are kept. Each takes one record of the journal.
    static let capacity = 1024
    /// The number of exports after which the file must be synced before the next export.
    public static let exportsBetweenSyncs = capacity / 4

    private(set) var latest: [ExportFingerprint] = []

    init() { latest.reserveCapacity(Self.capacity + 1) }

    var count: Int { latest.count }

    func contains(_ fingerprint: ExportFingerprint) -> Bool { latest.contains(fingerprint) }

    /// Adds a fingerprint as the latest. Drops the oldest one when there are more than `capacity`.
    mutating func insert(_ fingerprint: ExportFingerprint) {
        latest.removeAll { $0 == fingerprint }
        latest.append(fingerprint)
        if latest.count > Self.capacity { latest.removeFirst() }
    }
}

/// Computes the fingerprint of a file that arrives in pieces.
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
