import FastDHCP
import LinuxSystem

/// `leases.json`, which is replaced by rename and synced only now and then. A power cut may bring back an earlier file,
/// whatever it leaves of the journal.
final class ExportModel {
    struct File {
        var content: [UInt8]
        var leases: [ImportedLease]
        var modifiedAt: WallTime
        /// Counts from 1.
        var number: Int
    }

    /// The files that may have the name after a power cut; the last one has it now.
    private var files: [File] = []
    private(set) var count = 0
    private let random: SeededRandom
    private let tally: Tally

    init(_ random: SeededRandom, _ tally: Tally) {
        self.random = random
        self.tally = tally
    }

    var current: File? { files.last }

    /// Whether a sync is due. Without it, a power cut could bring back a file whose fingerprint the journal has
    /// dropped.
    var needsSync: Bool { files.count > ExportFingerprints.exportsBetweenSyncs }

    func publish(_ leases: [ImportedLease], at now: WallTime) {
        count += 1
        // Later than the file before, even when the clock was set back.
        let modifiedAt = WallTime(milliseconds: max(now.milliseconds, (current?.modifiedAt.milliseconds ?? 0) + 1))
        files.append(File(content: Self.content(leases), leases: leases, modifiedAt: modifiedAt, number: count))
        tally.exports += 1
    }

    func synchronize() { files = files.suffix(1) }

    func losePower() {
        guard !files.isEmpty else { return }
        files = [random.pick(files)]
        if files[0].number < count { tally.exportsBroughtBack += 1 }
    }

    static func content(_ leases: [ImportedLease]) -> [UInt8] {
        Array(leases.map { "\($0.address) \($0.client) \($0.expiry.milliseconds)" }.joined(separator: "\n").utf8)
    }
}
