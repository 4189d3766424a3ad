import FastDHCP
import Glibc
import LinuxSystem
import SystemPackage

/// The file system that holds the journal. It outlives the server.
final class DiskModel {
    /// The present health of the disk.
    enum Health { case sound, full, failing }

    var health = Health.sound
    /// How often an operation of a sound disk fails, in a thousand.
    var faultRate = 0
    let outage: Outage
    /// Called while the disk writes, so that other events can happen then.
    var whileSyncing: () -> Void = {}
    let bug: InjectedBug?
    /// Whether the latest write or directory sync succeeded. If not, the server must not rely on what the disk holds.
    private(set) var isTrusted = false

    private let random: SeededRandom
    private let tally: Tally
    /// The files that may have the journal's name after a power cut; the last one has it now.
    private(set) var journals: [SimulatedFile] = []
    private var replacement: SimulatedFile?

    init(_ random: SeededRandom, _ outage: Outage, _ tally: Tally, bug: InjectedBug?) {
        self.random = random
        self.outage = outage
        self.tally = tally
        self.bug = bug
    }

    var journal: SimulatedFile? { journals.last }

    /// Cuts the power. Durable bytes stay, and a random part of the others.
    func losePower() {
        if !journals.isEmpty { journals = [random.pick(journals)] }
        tally.tornSectors += journals.first?.losePower(random) ?? 0
        killProcess()
    }

    func killProcess() { replacement = nil }
}

// The operations of the storage.
extension DiskModel {
    func open() throws(SystemError) -> Int? {
        try step("open", failing: false)
        return journal?.cached.count
    }

    func isInPlace() throws(SystemError) -> Bool {
        try step("stat", failing: false)
        return true
    }

    func read(_ file: JournalFile, at offset: Int, into bytes: inout MutableSpan<UInt8>) throws(SystemError) -> Int {
        try step("read", failing: health == .failing && random.chance(100))
        return try self.file(file).read(at: offset, into: &bytes)
    }

    func append(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
        isTrusted = false
        let file = try file(.journal)
        try write(bytes, at: offset, to: file)
        whileSyncing()
        try finishSync(of: file, offset..<offset + bytes.count)
        isTrusted = true
    }

    func createReplacement() throws(SystemError) {
        try step("open", failing: isFailing)
        replacement = SimulatedFile()
    }

    func writeReplacement(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
        try write(bytes, at: offset, to: file(.replacement))
    }

    func syncReplacement() throws(SystemError) {
        let file = try file(.replacement)
        try finishSync(of: file, 0..<file.cached.count)
    }

    func renameReplacement() throws(SystemError) {
        try step("rename", failing: isFailing)
        journals.append(try file(.replacement))
        replacement = nil
    }

    func syncDirectory() throws(SystemError) {
        isTrusted = false
        if bug != .directoryNotSynced {
            let isFailed = isFailing
            if !isFailed || random.chance(500), let journal, !outage.isDown { journals = [journal] }
            try step("fsync", failing: isFailed)
        }
        isTrusted = true
    }

    func abandonReplacement() {
        if !outage.isDown { replacement = nil }
    }

    /// Whether the present operation fails for a reason other than a full disk.
    private var isFailing: Bool { health == .failing ? random.chance(700) : random.chance(faultRate) }

    /// Begins an operation.
    private func step(_ operation: String, failing isFailing: Bool) throws(SystemError) {
        guard !outage.strikes(), !isFailing else { throw SystemError(operation: operation, code: .ioError) }
    }

    private func file(_ file: JournalFile) throws(SystemError) -> SimulatedFile {
        let found =
            switch file {
            case .journal: journal
            case .replacement: replacement
            }
        guard let found else { throw SystemError(operation: "open", code: .badFileDescriptor) }
        return found
    }

    private func write(_ bytes: Span<UInt8>, at offset: Int, to file: SimulatedFile) throws(SystemError) {
        guard !outage.isDown else { throw SystemError(operation: "write", code: .ioError) }
        let isFull = health == .full && random.chance(900)
        if isFull || (isFailing && random.chance(500)) || outage.strikes() {
            let count = random.below(bytes.count + 1)
            file.write(bytes.extracting(first: count), at: offset)
            if !outage.isDown && random.chance(500) { file.sync(offset..<offset + count) }
            if count > 0 { tally.shortWrites += 1 }
            throw SystemError(operation: "write", code: isFull ? .noSpace : .ioError)
        }
        file.write(bytes, at: offset)
    }

    private func finishSync(of file: SimulatedFile, _ range: Range<Int>) throws(SystemError) {
        guard !outage.strikes() else { throw SystemError(operation: "fsync", code: .ioError) }
        if isFailing {
            tally.failedSyncs += 1
            file.failSync(random)
            if bug == .syncFailureIgnored { return }
            throw SystemError(operation: "fsync", code: .ioError)
        }
        file.sync(range)
        // The data is durable, but the server may crash before it learns that.
        guard !outage.strikes() else { throw SystemError(operation: "fsync", code: .ioError) }
        tally.syncs += 1
    }
}

/// The disk as the journal sees it.
struct SimulatedDisk: JournalStorage {
    let model: DiskModel

    var path: String { "leases.journal" }

    mutating func open() throws(JournalError) -> Int? {
        do throws(SystemError) {
            return try model.open()
        } catch {
            throw .system(error, path: path)
        }
    }

    func isInPlace() throws(SystemError) -> Bool { try model.isInPlace() }

    mutating func read(
        _ file: JournalFile, at offset: Int, into bytes: inout MutableSpan<UInt8>
    ) throws(SystemError) -> Int {
        try model.read(file, at: offset, into: &bytes)
    }

    mutating func append(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
        try model.append(bytes, at: offset)
    }

    mutating func createReplacement() throws(SystemError) { try model.createReplacement() }

    mutating func writeReplacement(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
        try model.writeReplacement(bytes, at: offset)
    }

    mutating func syncReplacement() throws(SystemError) { try model.syncReplacement() }
    mutating func renameReplacement() throws(SystemError) { try model.renameReplacement() }
    mutating func syncDirectory() throws(SystemError) { try model.syncDirectory() }
    mutating func abandonReplacement() { model.abandonReplacement() }

    /// Keeps no copy: it is for people, and nothing reads it.
    mutating func keepDamaged() throws(SystemError) {}
}
