import Addresses
import Glibc
import LinuxSystem
import SystemPackage
import Testing

@testable import FastDHCP

@Suite("journal in files")
struct FileJournalStorageTests {
    private let directory: StateDirectory
    private let bench = JournalBench(slotCount: 16)

    init() throws { directory = try StateDirectory() }

    @discardableResult
    private func open(
        _ network: IPv4Network = JournalBench.network, _ merge: (inout JournalContents) throws -> Void = { _ in }
    ) throws -> Journal<FileJournalStorage> {
        try patiently { try openOnce(network, merge) }
    }

    private func openOnce(
        _ network: IPv4Network, _ merge: (inout JournalContents) throws -> Void = { _ in }
    ) throws -> Journal<FileJournalStorage> {
        try Journal.open(
            FileJournalStorage(inDirectory: directory.path), table: bench.table, pool: network,
            quarantineMilliseconds: JournalBench.quarantineMilliseconds, generation: 1,
            clock: { [clock = bench.clock] in clock.reading }, merge: merge)
    }

    /// A journal with leases of slots 0 to 2.
    private func makeJournal() throws -> [RestoredLease] {
        var journal = try open()
        for slot in 0..<3 {
            let hasCommitted = journal.commit([bench.change(slot: slot, client: slot)])
            #expect(hasCommitted)
        }
        return journal.restoredLeases()
    }

    /// Opening fails with that error, and the file stays as it is.
    private func expectRefusal(_ error: JournalError, _ network: IPv4Network = JournalBench.network) {
        let before = (directory.names, directory.bytes())
        #expect(throws: error) { _ = try openOnce(network) }
        #expect(directory.names == before.0 && directory.bytes() == before.1)
    }

    @Test("committed changes are restored after a restart, from one file that only its owner can read")
    func roundTrip() throws {
        let leases = try makeJournal()
        #expect(leases.count == 3)
        let restored = try open().restoredLeases()
        #expect(restored == leases)
        #expect(directory.names == ["leases.journal"])
        var status = stat()
        // SAFETY: the kernel fills the structure and reads the path, and only during the call.
        #expect(unsafe stat(directory.journalPath, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test("while one daemon has the journal open, another is refused, also after the file was replaced")
    func locked() throws {
        var journal = try open()
        expectRefusal(.inUse(path: directory.journalPath))
        bench.clock.setWall(1 << 40)
        journal.tidy()
        let hasCommitted = journal.commit([bench.change(slot: 0, client: 1)])
        #expect(hasCommitted)
        expectRefusal(.inUse(path: directory.journalPath))
        _ = consume journal
        let restored = try open().restoredLeases()
        #expect(restored.count == 1)
    }

    @Test("of two daemons that start at once without a journal, one is refused")
    func firstStartTwice() throws {
        var refusals = 0
        var inner = 0
        do {
            var outer = try openOnce(JournalBench.network) { _ in
                do {
                    var journal = try openOnce(JournalBench.network)
                    let hasCommitted = journal.commit([bench.change(slot: 0, client: 1)])
                    inner += hasCommitted ? 1 : 0
                } catch JournalError.inUse { refusals += 1 }
            }
            let hasCommitted = outer.commit([bench.change(slot: 1, client: 2)])
            #expect(hasCommitted)
        } catch JournalError.inUse { refusals += 1 }
        #expect(refusals == 1)
        let restored = try open().restoredLeases()
        #expect(restored.count == 1)
    }

    @Test(
        "a directory, a pipe or a loop of links is refused at once",
        arguments: ["mkdir leases.journal", "mkfifo leases.journal", "ln -s leases.journal leases.journal"])
    func notAFile(command: String) throws {
        try LiveNetwork.shell("cd '\(directory.path)'; \(command)")
        expectRefusal(.notAFile(path: directory.journalPath))
    }

    @Test(
        "a file that is not a journal is refused and not changed, whatever its size",
        arguments: [1, 5, 63, 64, 4096, 8191, 8192, 8193, 8256, 300_000])
    func notAJournal(size: Int) throws {
        let text = Array("Not a journal. ".utf8)
        try directory.write((0..<size).map { text[$0 % text.count] })
        expectRefusal(.notAJournal(path: directory.journalPath))
    }

    @Test(
        "a file that was cut in its header, or holds only zeros, is a journal that lost its records",
        arguments: [1, 7, 8, 63, 64, 4096, 8192])
    func cut(size: Int) throws {
        _ = try makeJournal()
        let bytes = try #require(directory.bytes())
        for content in [Array(bytes[..<size]), [UInt8](repeating: 0, count: size)] {
            try directory.write(content)
            var findings = JournalFindings()
            try open { findings = $0.findings }
            #expect(findings.isCut && findings.hasLosses)
        }
    }

    @Test("an empty file counts as no journal")
    func empty() throws {
        try directory.write([])
        var exists = true
        try open { exists = $0.exists }
        #expect(!exists)
    }

    private func open(_ merge: (inout JournalContents) throws -> Void) throws {
        try open(JournalBench.network, merge)
    }

    @Test(
        "a journal of a newer version is refused and named, also when one header is damaged", arguments: [false, true])
    func newerVersion(isFirstDamaged: Bool) throws {
        _ = try makeJournal()
        var bytes = try #require(directory.bytes())
        var header = JournalHeader(generation: 3, pool: JournalBench.network)
        header.version = 2
        var span = bytes.mutableSpan
        for offset in JournalHeader.offsets { header.encode(CRC32C(), into: &span, at: offset) }
        if isFirstDamaged { bytes[20] ^= 1 }
        try directory.write(bytes)
        expectRefusal(.newerVersion(2, path: directory.journalPath))
    }

    @Test("a journal of another pool is refused, and the error names that pool")
    func otherPool() throws {
        _ = try makeJournal()
        for prefixLength in [15, 17, 24] {
            let network = IPv4Network(containing: IPv4Address(10, 0, 0, 0), prefixLength: prefixLength)
            expectRefusal(
                .otherPool(JournalBench.network, expected: network, path: directory.journalPath), network)
        }
    }

    @Test("without a state directory the error says to make one")
    func noDirectory() throws {
        let path = directory.path + "/missing"
        let error = #expect(throws: JournalError.self) {
            _ = try Journal.open(
                FileJournalStorage(inDirectory: path), table: bench.table, pool: JournalBench.network,
                quarantineMilliseconds: 1, generation: 1)
        }
        #expect(error?.description.contains("make the state directory") == true)
    }

    @Test("a replacement that was left over does not matter")
    func leftOver() throws {
        let leases = try makeJournal()
        try directory.write([1, 2, 3], to: "leases.journal.new")
        let restored = try open().restoredLeases()
        #expect(restored == leases)
        #expect(directory.names == ["leases.journal"])
    }

    @Test("a damaged file is kept unchanged under another name, and replaces one that was kept before")
    func keepsDamaged() throws {
        _ = try makeJournal()
        try directory.write([9], to: "leases.journal.damaged")
        var bytes = try #require(directory.bytes())
        bytes[JournalHeader.recordsOffset + 33] ^= 1
        try directory.write(bytes)
        let restored = try open().restoredLeases()
        #expect(restored.map(\.state) == [.quarantined, .bound, .bound])
        #expect(directory.names == ["leases.journal", "leases.journal.damaged"])
        #expect(directory.bytes("leases.journal.damaged") == bytes)
        try open()
        #expect(directory.bytes("leases.journal.damaged") == bytes)
    }
}

/// Opens a journal that was just closed. A child process that another test is starting may hold the lock until it calls
/// exec.
func patiently(
    _ open: () throws -> Journal<FileJournalStorage>
) throws -> Journal<FileJournalStorage> {
    for _ in 0..<100_000 {
        do { return try open() } catch JournalError.inUse { sched_yield() }
    }
    return try open()
}

/// These tests make their own mounts, which needs root.
@Suite("journal on a file system that cannot be written", .enabled(if: LiveNetwork.isAvailable))
struct UnwritableFileSystemTests {
    /// Makes a journal in the directory `path`, runs `command`, which prevents writing, and opens the journal again.
    /// Checks that the file is as it was.
    /// - Returns: the error's description.
    private static func refusal(in path: String, after command: String) throws -> String {
        let bench = JournalBench(slotCount: 16)
        func open() throws -> Journal<FileJournalStorage> {
            try Journal.open(
                FileJournalStorage(inDirectory: path), table: bench.table, pool: JournalBench.network,
                quarantineMilliseconds: 1, generation: 1)
        }
        do {
            var journal = try open()
            let hasCommitted = journal.commit([bench.change(slot: 0, client: 1)])
            #expect(hasCommitted)
        }
        let before = try SystemCall.readFile(path + "/leases.journal")
        try LiveNetwork.shell("cd '\(path)'; \(command)")
        let error = #expect(throws: JournalError.self) { _ = try patiently(open) }
        #expect(try SystemCall.readFile(path + "/leases.journal") == before)
        #expect(!SystemCall.names(inDirectory: path).contains("leases.journal.new"))
        return error?.description ?? ""
    }

    @Test("on a full file system, the error says to make room")
    func full() throws {
        let directory = try StateDirectory()
        let path = directory.path
        try StateDirectory.withMounts("mount -t tmpfs -o size=1m tmpfs .", in: path) {
            let text = try Self.refusal(in: path, after: "cat /dev/zero > filler 2>/dev/null || true")
            #expect(text.contains("No space left on device") && text.contains("make room"))
        }
    }

    @Test("on a read-only file system, the error says to mount it read-write")
    func readOnly() throws {
        let directory = try StateDirectory()
        let path = directory.path
        try StateDirectory.withMounts("mount -t tmpfs -o size=4m tmpfs .", in: path) {
            let text = try Self.refusal(in: path, after: "mount -o remount,ro '\(path)'")
            #expect(text.contains("Read-only file system") && text.contains("read-write"))
        }
    }

    @Test("batches are refused while the file system is full, and count again when there is room")
    func fillsUp() throws {
        let directory = try StateDirectory()
        let path = directory.path
        try StateDirectory.withMounts("mount -t tmpfs -o size=1m tmpfs .", in: path) {
            let bench = JournalBench(slotCount: 512)
            var journal = try Journal.open(
                FileJournalStorage(inDirectory: path), table: bench.table, pool: JournalBench.network,
                quarantineMilliseconds: 1, generation: 1, counters: bench.counters,
                clock: { [clock = bench.clock] in clock.reading })
            try LiveNetwork.shell("cat /dev/zero > '\(path)/filler' 2>/dev/null || true")
            var model: [Int: BindingChange] = [:]
            var refusedCount = 0
            for round in 0..<12 {
                bench.clock.advance(200)
                let changes = (0..<512).map { bench.change(slot: $0, client: round * 512 + $0) }
                let isDurable = journal.commit(changes)
                if isDurable {
                    for change in changes { model[Int(change.slotIndex)] = change }
                } else {
                    refusedCount += 1
                }
            }
            #expect(refusedCount > 0 && model.count == 512)
            #expect(bench.counters.trouble?.code == .noSpace)
            try LiveNetwork.shell("rm '\(path)/filler'")
            bench.clock.advance(200)
            let change = bench.change(slot: 7, client: 9999)
            let isDurable = journal.commit([change])
            #expect(isDurable && bench.counters.trouble == nil)
            model[7] = change
            _ = consume journal
            let again = try patiently {
                try Journal.open(
                    FileJournalStorage(inDirectory: path), table: bench.table, pool: JournalBench.network,
                    quarantineMilliseconds: 1, generation: 1, clock: { [clock = bench.clock] in clock.reading })
            }
            let restored = again.restoredLeases()
            #expect(restored == bench.leases(model))
        }
    }
}
