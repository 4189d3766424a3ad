import Addresses
import Glibc
import LinuxSystem
import SystemPackage
import Testing

@testable import FastDHCP

/// A file without a name still accepts writes, but it is gone at the next start.
@Suite("journal that somebody removes or replaces")
struct JournalRemovalTests {
    private let bench = JournalBench(slotCount: 16)

    @Test(
        "a journal that was removed or replaced is rewritten before the next batch counts",
        arguments: [nil, [9, 9]])
    func removed(replacement: [UInt8]?) throws {
        var journal = try bench.open()
        let first = bench.change(slot: 0, client: 1)
        var hasCommitted = journal.commit([first])
        #expect(hasCommitted)
        bench.disk.remove(replacingWith: replacement)
        bench.clock.advance(1001)
        let second = bench.change(slot: 1, client: 2)
        hasCommitted = journal.commit([second])
        #expect(hasCommitted)
        #expect(bench.counters.removalCount == 1 && bench.counters.trouble == nil)
        #expect(bench.counters.failureCount == 0)
        bench.disk.cutPower()
        #expect(try bench.open().restoredLeases() == bench.leases([0: first, 1: second]))
    }

    @Test("a removed journal is rewritten even when no lease changes")
    func removedWhileIdle() throws {
        var journal = try bench.open()
        let change = bench.change(slot: 0, client: 1)
        let hasCommitted = journal.commit([change])
        #expect(hasCommitted)
        bench.disk.remove()
        bench.clock.advance(1001)
        journal.tidy()
        #expect(bench.counters.removalCount == 1)
        #expect(try bench.open().restoredLeases() == bench.leases([0: change]))
    }

    @Test("while a removed journal cannot be rewritten, no batch counts, and the journal tries again every 100 ms")
    func removedFromFullDisk() throws {
        var journal = try bench.open()
        let change = bench.change(slot: 0, client: 1)
        _ = journal.commit([change])
        bench.disk.remove()
        bench.disk.heal()
        bench.disk.fault = .from(0)
        bench.disk.errorCode = .noSpace
        bench.clock.advance(1001)
        for _ in 0..<20 {
            let hasCommitted = journal.commit([bench.change(slot: 1, client: 2)])
            #expect(!hasCommitted)
            journal.tidy()
            bench.clock.advance(10)
        }
        #expect(bench.disk.calls.filter { $0 == .createReplacement }.count == 2)
        #expect(bench.counters.trouble?.code == .noSpace && bench.counters.removalCount == 1)
        bench.disk.heal()
        bench.clock.advance(100)
        journal.tidy()
        #expect(bench.counters.trouble == nil)
        #expect(try bench.open().restoredLeases() == bench.leases([0: change]))
    }

    @Test(
        "while the directory is missing, no batch counts and nothing is written; then the journal continues",
        arguments: [false, true])
    func missingDirectory(isIdle: Bool) throws {
        var journal = try bench.open()
        let first = bench.change(slot: 0, client: 1)
        _ = journal.commit([first])
        bench.disk.heal()
        bench.disk.isAway = true
        bench.clock.advance(1001)
        for _ in 0..<30 {
            if !isIdle {
                let hasCommitted = journal.commit([bench.change(slot: 1, client: 2)])
                #expect(!hasCommitted)
            }
            journal.tidy()
            #expect(bench.counters.obstacle == .missingDirectory)
            bench.clock.advance(100)
        }
        #expect(bench.disk.calls.isEmpty)
        bench.disk.isAway = false
        let second = bench.change(slot: 2, client: 3)
        if isIdle {
            journal.tidy()
        } else {
            let hasCommitted = journal.commit([second])
            #expect(hasCommitted)
        }
        #expect(bench.counters.trouble == nil && bench.counters.removalCount == 0)
        #expect(try bench.open().restoredLeases() == bench.leases(isIdle ? [0: first] : [0: first, 2: second]))
    }

    @Test("a rewrite never goes to another directory, even if the journal was in its place a moment ago")
    func missingDirectoryUnseen() throws {
        var journal = try bench.open()
        let change = bench.change(slot: 0, client: 1)
        _ = journal.commit([change])
        bench.disk.heal()
        bench.disk.isAway = true
        bench.clock.setWall(bench.clock.reading.wall.milliseconds + 86_400_000)
        let hasCommitted = journal.commit([bench.change(slot: 1, client: 2)])
        #expect(!hasCommitted && !bench.disk.calls.contains(.renameReplacement))
        bench.disk.isAway = false
        bench.clock.advance(100)
        journal.tidy()
        #expect(try bench.open().restoredLeases() == bench.leases([0: change]))
    }
}

@Suite("journal file that somebody removes or replaces")
struct JournalFileRemovalTests {
    /// A journal in a directory, with its clock.
    private struct Place {
        let path: String
        let bench = JournalBench(slotCount: 16)

        func open() throws -> Journal<FileJournalStorage> {
            try patiently {
                try Journal.open(
                    FileJournalStorage(inDirectory: path), table: bench.table, pool: JournalBench.network,
                    quarantineMilliseconds: 1, generation: 1, counters: bench.counters,
                    clock: { [clock = bench.clock] in clock.reading })
            }
        }

        /// Commits a lease, lets time pass until the next check of the file, and commits another lease.
        /// - Parameter command: a shell command that runs between the two, in the parent of the journal's directory.
        /// - Returns: whether the second one counted.
        func commitTwice(_ journal: inout Journal<FileJournalStorage>, _ command: String) throws -> Bool {
            let isFirstDurable = journal.commit([bench.change(slot: 0, client: 1)])
            #expect(isFirstDurable)
            try runBeside(command)
            bench.clock.advance(1001)
            return journal.commit([bench.change(slot: 1, client: 2)])
        }

        func runBeside(_ command: String) throws { try LiveNetwork.shell("cd \"$(dirname '\(path)')\"; \(command)") }

        func expectBoth() throws {
            let clients = try open().restoredLeases().map(\.client)
            #expect(clients == [mac(1), mac(2)])
        }
    }

    @Test(
        "a file that is removed, replaced or moved away is rewritten, also in a new directory",
        arguments: [
            "rm state/leases.journal", "echo other > other; mv other state/leases.journal",
            "mv state/leases.journal kept",
            "cp state/leases.journal copy; mv copy state/leases.journal", "rm -rf state; mkdir state",
            "mv state old; mkdir state",
        ])
    func comesBack(command: String) throws {
        let parent = try StateDirectory()
        let place = try makePlace(in: parent)
        var journal = try place.open()
        let isDurable = try place.commitTwice(&journal, command)
        let counters = place.bench.counters
        #expect(isDurable && counters.removalCount == 1 && counters.trouble == nil)
        _ = consume journal
        try place.expectBoth()
    }

    private func makePlace(in parent: StateDirectory) throws -> Place {
        let place = Place(path: parent.path + "/state")
        try LiveNetwork.shell("mkdir '\(place.path)'")
        return place
    }

    @Test("without its directory no batch counts; the journal continues in a new directory of that name")
    func directoryRemoved() throws {
        let parent = try StateDirectory()
        let place = try makePlace(in: parent)
        var journal = try place.open()
        var isDurable = try place.commitTwice(&journal, "rm -rf state")
        #expect(!isDurable && place.bench.counters.obstacle == .missingDirectory)
        try place.runBeside("mkdir state")
        isDurable = journal.commit([place.bench.change(slot: 1, client: 2)])
        #expect(isDurable && place.bench.counters.trouble == nil)
        _ = consume journal
        try place.expectBoth()
    }

    @Test("another process's journal in its place is not changed")
    func otherProcess() throws {
        let directory = try StateDirectory()
        let place = Place(path: directory.path)
        var journal = try place.open()
        try LiveNetwork.shell("cd '\(directory.path)'; mv leases.journal moved")
        let other = try SystemCall.open(
            directory.journalPath, .readWrite, [.create, .exclusiveCreate], permissions: .ownerReadWrite)
        let isLocked = try SystemCall.lock(other.rawValue)
        #expect(isLocked)
        place.bench.clock.advance(1001)
        let isDurable = journal.commit([place.bench.change(slot: 0, client: 1)])
        #expect(!isDurable && place.bench.counters.obstacle == .otherProcess)
        #expect(directory.bytes() == [])
    }

    @Test(
        "while its file system is lazily unmounted or hidden, no batch counts; then the journal continues",
        .enabled(if: LiveNetwork.isAvailable),
        arguments: [
            ("umount -l state", "mount --bind kept state"),
            ("umount -l state; mount -t tmpfs tmpfs state", "umount state; mount --bind kept state"),
            ("mount -t tmpfs tmpfs state", "umount state"),
        ])
    func unmounted(takeAway: String, bringBack: String) throws {
        let parent = try StateDirectory()
        let path = parent.path + "/state"
        try LiveNetwork.shell("mkdir '\(path)' '\(parent.path)/kept'")
        try StateDirectory.withMounts("mount -t tmpfs tmpfs state; mount --bind state kept", in: parent.path) {
            let place = Place(path: path)
            let counters = place.bench.counters
            var journal = try place.open()
            var isDurable = try place.commitTwice(&journal, takeAway)
            #expect(!isDurable && counters.obstacle == .missingDirectory)
            // Nothing is written to what is at the path now.
            let names = SystemCall.names(inDirectory: path)
            #expect(names.allSatisfy { $0.hasPrefix(".") })
            try place.runBeside(bringBack)
            isDurable = journal.commit([place.bench.change(slot: 1, client: 2)])
            #expect(isDurable && counters.trouble == nil && counters.removalCount == 0)
            _ = consume journal
            try place.expectBoth()
        }
    }
}
