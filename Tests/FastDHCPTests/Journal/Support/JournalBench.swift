import Addresses

import LinuxSystem
@testable import FastDHCP

/// Both clocks, as a test sets them.
final class SetClock: Sendable {
    private let words = AtomicWords(count: 2)

    init(boot: UInt64 = 5_000_000, wall: UInt64 = 1_800_000_000_000) {
        words.storeRelaxed(0, boot)
        words.storeRelaxed(1, wall)
    }

    var reading: ClockReading {
        ClockReading(
            boot: BootTime(milliseconds: words.loadRelaxed(0)), wall: WallTime(milliseconds: words.loadRelaxed(1)))
    }

    func advance(_ milliseconds: UInt64) {
        words.increment(0, by: milliseconds)
        words.increment(1, by: milliseconds)
    }

    func setWall(_ milliseconds: UInt64) { words.storeRelaxed(1, milliseconds) }
}

/// What is read from a journal's bytes.
struct JournalReading: Equatable {
    var exists: Bool
    var findings: JournalFindings
    /// By slot.
    var records: [Int: JournalRecord]
    /// For each export that the test asked about: whether the journal knows it.
    var isExport: [Bool]
}

/// A journal on a disk in memory, with its pool and its clocks.
final class JournalBench {
    static let network = IPv4Network(containing: IPv4Address(10, 0, 0, 0), prefixLength: 16)
    static let quarantineMilliseconds: UInt64 = 7_200_000
    static let leaseMilliseconds: UInt64 = 3_600_000

    let table: LeaseTable
    let disk: JournalDisk
    let clock = SetClock()
    let counters = JournalCounters()
    private var generation: UInt32 = 100

    init(slotCount: Int, disk: JournalDisk = JournalDisk()) {
        table = LeaseTable(pool: pool(of: slotCount))
        self.disk = disk
    }

    func open(_ merge: (inout JournalContents) throws -> Void = { _ in }) throws -> Journal<DiskStorage> {
        generation += 100
        return try Journal.open(
            DiskStorage(disk), table: table, pool: Self.network, quarantineMilliseconds: Self.quarantineMilliseconds,
            generation: generation, counters: counters, clock: { [clock] in clock.reading }, merge: merge)
    }

    /// Reads the journal without rewriting it.
    /// - Parameter copy: the leases in leases.json, used if the journal has lost any.
    func read(exports: [[UInt8]] = [], copy: [ImportedLease] = []) throws -> JournalReading {
        struct HasRead: Error {}
        var reading: JournalReading?
        do {
            _ = try open { contents in
                if contents.findings.hasLosses { _ = contents.recover(copy, at: clock.reading.wall) }
                reading = self.reading(contents, exports)
                throw HasRead()
            }
        } catch is HasRead {}
        guard let reading else { preconditionFailure("a journal that opens is merged") }
        return reading
    }

    private func reading(_ contents: borrowing JournalContents, _ exports: [[UInt8]]) -> JournalReading {
        var records: [Int: JournalRecord] = [:]
        for slot in 0..<table.count { records[slot] = contents.record(of: table.address(of: slot)) }
        return JournalReading(
            exists: contents.exists, findings: contents.findings, records: records,
            isExport: exports.map { contents.isKnown($0) })
    }

    func change(_ kind: BindingChange.Kind = .bind, slot: Int, client: Int, isRelayed: Bool = false) -> BindingChange {
        let hasEnded = kind == .expire || kind == .release
        let deadline = hasEnded ? clock.reading.boot : clock.reading.boot + Self.leaseMilliseconds
        return BindingChange(
            kind: kind, worker: 0, hasReply: false, isRelayed: isRelayed, slotIndex: UInt32(slot), sequence: 0,
            address: table.address(of: slot), client: mac(client), deadline: deadline,
            holdUntil: kind == .bind ? deadline + Self.leaseMilliseconds / 4 : deadline)
    }

    /// The leases that a restart restores from these changes, which are given by slot.
    func leases(_ changes: [Int: BindingChange]) -> [RestoredLease] {
        changes.sorted { $0.key < $1.key }.map { _, change in
            RestoredLease(
                change.state, address: change.address, client: change.client, isRelayed: change.isRelayed,
                deadline: change.deadline, holdUntil: change.holdUntil + (change.kind == .bind ? 2_000 : 0),
                reliableHold: change.holdUntil)
        }
    }

    /// The record of a change that is committed now.
    func record(_ change: BindingChange) -> JournalRecord { JournalRecord(change, at: clock.reading) }
}

extension Journal where Storage: ~Copyable {
    mutating func commit(_ changes: [BindingChange]) -> Bool { commit(changes.span) }

    mutating func tidy() { tidy(isIdle: true) }
}
