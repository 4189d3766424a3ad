import Addresses
import FastDHCP
import FoundationEssentials
import Logging
import Node

/// What is known from before the start: the journal, and where that is not enough, the lease file.
struct LeaseHistory {
    let stateDirectory: String
    let leaseFile: LeaseFile
    let leaseSeconds: UInt32
    let log: Logger

    /// What came of looking back.
    struct Restored: ~Copyable {
        let journal: Journal<FileJournalStorage>
        let leases: [RestoredLease]
        /// Leases of addresses that the pool no longer has.
        let outside: [JournalRecord]
    }

    /// Opens the journal, and puts what it holds into the table.
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
                tell(contents.findings)
                outside = contents.findings.outside
            })
        let leases = journal.restoredLeases()
        let count = table.restore(leases, worker: worker)
        log.info("leases from before", metadata: ["bound": "\(count)", "known": "\(leases.count)"])
        return Restored(journal: journal, leases: leases, outside: outside)
    }

    /// Takes over what the lease file tells and the journal does not know.
    private func merge(into contents: inout JournalContents) throws {
        let now = ClockReading.now().wall
        guard let bytes = try leaseFile.read() else { return }
        guard contents.exists else {
            dropped(contents.adopt(try leaseFile.rows(in: bytes), at: now))
            contents.noteKnown(bytes)
            return
        }
        if contents.isExport(bytes) {
            if contents.findings.hasLosses {
                dropped(contents.recover((try? leaseFile.rows(in: bytes)) ?? [], at: now))
            }
            return
        }
        do {
            let rows = try leaseFile.rows(in: bytes)
            log.warning(
                "another program wrote the lease file since the last run; its leases win over the journal's",
                metadata: ["path": "\(leaseFile.path)", "leases": "\(rows.count)"])
            dropped(contents.adopt(rows, at: now))
            contents.noteKnown(bytes)
        } catch {
            log.error(
                "the lease file is damaged; going by the journal, and writing it anew", metadata: ["error": "\(error)"])
        }
    }

    private func dropped(_ leases: [ImportedLease]) {
        guard let first = leases.first else { return }
        log.warning(
            "leases outside the pool are dropped",
            metadata: ["count": "\(leases.count)", "first": "\(first.address)", "file": "\(leaseFile.path)"])
    }

    private func tell(_ findings: JournalFindings) {
        if let first = findings.outside.first {
            log.warning(
                "leases outside the pool are dropped",
                metadata: ["count": "\(findings.outside.count)", "first": "\(first.address)", "file": "the journal"])
        }
        guard findings.isDamaged else { return }
        log.error(
            "the journal is damaged; a copy is kept as leases.journal.damaged",
            metadata: [
                "readable": "\(findings.recordCount)", "lost": "\(findings.lostCount)", "cut": "\(findings.isCut)",
                "quarantined": "\(findings.quarantined.map(\.description).joined(separator: " "))",
            ])
    }
}
