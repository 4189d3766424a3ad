import Addresses
import FastDHCP
import FoundationEssentials
import LeaseText
import LinuxSystem
import Logging
import Node

/// Restores the leases of earlier runs from the journal, and from the lease file what the journal lacks.
struct LeaseRecovery {
    let stateDirectory: String
    let leaseFile: LeaseFile
    let leaseSeconds: UInt32
    let log: Logger

    /// The result of the recovery.
    struct Restored: ~Copyable {
        let journal: Journal<FileJournalStorage>
        let leases: [RestoredLease]
        /// Leases of addresses that are no longer in the pool.
        let outside: [JournalRecord]
    }

    /// Opens the journal and puts its leases into the table.
    func restore(
        _ table: LeaseTable, _ pool: Pool, counters: JournalCounters, worker: (MACAddress) -> Int
    ) throws -> Restored {
        var outside: [JournalRecord] = []
        var numbers = SystemRandomNumberGenerator()
        let journal = try Journal.open(
            FileJournalStorage(inDirectory: stateDirectory), table: table, pool: pool.subnet,
            quarantineMilliseconds: leaseSeconds == .max ? .max : UInt64(leaseSeconds) * 1250,
            generation: numbers.next(), counters: counters,
            merge: { contents in
                try merge(into: &contents)
                report(contents.findings)
                outside = contents.findings.outside
            })
        let leases = journal.restoredLeases()
        let count = table.restore(leases, worker: worker)
        log.info("restored the leases", metadata: ["bound": "\(count)", "known": "\(leases.count)"])
        return Restored(journal: journal, leases: leases, outside: outside)
    }

    /// Merges the lease file into the journal's contents, if it can have leases that the journal lacks.
    private func merge(into contents: inout JournalContents) throws {
        guard let file = try leaseFile.read() else { return }
        // The journal may have lost fingerprints of exports. Once it is rewritten, no later start knows that. So before
        // that, no power cut may bring back another export than this one.
        try Files.synchronize(leaseFile.path)
        let use = contents.use(ofLeaseFile: file.bytes, modifiedAt: file.modifiedAt)
        if case .ignore = use { return }
        let leases: [ImportedLease]
        do {
            let found = try leaseFile.leases(in: file.bytes)
            leases = found.leases
            if found.badRowCount > 0 {
                log.warning(
                    "rows of the lease file that name no address or no VM are passed over",
                    metadata: ["path": "\(leaseFile.path)", "count": "\(found.badRowCount)"])
            }
        } catch {
            guard contents.exists else { throw error }
            log.error(
                "the lease file is damaged; using the journal only, and rewriting the file",
                metadata: ["error": "\(error)"])
            return
        }
        if contents.exists { report(use, of: leases.count) }
        dropped(contents.merge(leases, as: use, modifiedAt: file.modifiedAt, now: ClockReading.now().wall))
        contents.addFingerprint(file.bytes)
    }

    private func report(_ use: LeaseFileUse, of leaseCount: Int) {
        let metadata: Logger.Metadata = ["path": "\(leaseFile.path)", "leases": "\(leaseCount)"]
        switch use {
        case .ignore: break
        case .name:
            log.warning(
                "records of the journal are damaged; a VM that the lease file names may renew its address",
                metadata: metadata)
        case .adopt:
            log.warning(
                "another program wrote the lease file after the last run; its leases override the journal's",
                metadata: metadata)
        case .fill:
            log.warning(
                "nothing proves that the lease file is newer than the journal; using it only for addresses that are free",
                metadata: metadata)
        case .recover:
            log.warning("the journal has lost leases; recovering them from the lease file", metadata: metadata)
        }
    }

    private func dropped(_ leases: [ImportedLease]) {
        guard let first = leases.first else { return }
        log.warning(
            "leases outside the pool are dropped",
            metadata: ["count": "\(leases.count)", "first": "\(first.address)", "file": "\(leaseFile.path)"])
    }

    private func report(_ findings: JournalFindings) {
        if let first = findings.outside.first {
            log.warning(
                "leases outside the pool are dropped",
                metadata: ["count": "\(findings.outside.count)", "first": "\(first.address)", "file": "the journal"])
        }
        guard findings.isDamaged else { return }
        log.error(
            "the journal is damaged; kept a copy as leases.journal.damaged",
            metadata: [
                "readable": "\(findings.recordCount)", "lost": "\(findings.lostCount)", "cut": "\(findings.isCut)",
                "quarantined": "\(findings.quarantined.map(\.description).joined(separator: " "))",
            ])
    }
}
