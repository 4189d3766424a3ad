import LinuxSystem
import SystemPackage

@testable import FastDHCP

/// A disk in memory with one journal. Its calls fail as a test says.
final class JournalDisk {
    enum Call {
        case open, read, append, createReplacement, writeReplacement, syncReplacement, renameReplacement, syncDirectory
        case abandonReplacement, keepDamaged
    }

    /// Which calls fail; they count from 0.
    enum Fault {
        case none
        case once(Int)
        /// The process dies at that call, so no later call has an effect.
        case from(Int)
    }

    final class File {
        var content: [UInt8] = []
        /// What a power cut leaves of it.
        fileprivate(set) var synced: [UInt8] = []

        init(_ content: [UInt8] = []) {
            self.content = content
            synced = content
        }

        fileprivate func write(_ bytes: [UInt8], at offset: Int, isSynchronous: Bool) {
            Self.write(bytes, at: offset, to: &content)
            if isSynchronous { Self.write(bytes, at: offset, to: &synced) }
        }

        private static func write(_ bytes: [UInt8], at offset: Int, to content: inout [UInt8]) {
            let end = offset + bytes.count
            if content.count < end { content += [UInt8](repeating: 0, count: end - content.count) }
            content.replaceSubrange(offset..<end, with: bytes)
        }
    }

    var fault = Fault.none
    /// Whether a failing call does its work before it fails. If not, a failing write does half of it.
    var failsAfterwards = false
    var errorCode = Errno.ioError
    /// Whether the directory is missing.
    var isAway = false
    private(set) var calls: [Call] = []

    /// The file that has the journal's name.
    private(set) var named: File?
    /// The file that has it after a power cut.
    private var namedOnDisk: File?
    fileprivate var replacement: File?
    private(set) var damaged: File?

    init(_ content: [UInt8]? = nil) {
        named = content.map { File($0) }
        namedOnDisk = named
    }

    /// The journal's bytes.
    var content: [UInt8] {
        get { named?.content ?? [] }
        set {
            named = File(newValue)
            namedOnDisk = named
        }
    }

    /// The disk works again, and calls count from 0.
    func heal() {
        fault = .none
        calls = []
    }

    /// Somebody removes the journal, or puts another file in its place.
    func remove(replacingWith content: [UInt8]? = nil) {
        named = content.map { File($0) }
        namedOnDisk = named
    }

    /// Drops everything that was not synced.
    func cutPower() {
        named = namedOnDisk.map { File($0.synced) }
        namedOnDisk = named
        replacement = nil
    }

    fileprivate func perform(_ call: Call, _ effect: (_ isHalf: Bool) -> Void) throws(SystemError) {
        let index = calls.count
        calls.append(call)
        let isFirstFault: Bool
        switch fault {
        case .once(let number) where index == number: isFirstFault = true
        case .from(let number) where index >= number: isFirstFault = index == number
        default: return effect(false)
        }
        if isFirstFault && failsAfterwards {
            effect(false)
        } else if isFirstFault && (call == .append || call == .writeReplacement) {
            effect(true)
        }
        throw SystemError(operation: "\(call)", code: errorCode)
    }

    fileprivate func rename() {
        named = replacement
        replacement = nil
    }

    fileprivate func syncDirectory() { namedOnDisk = named }
    fileprivate func sync(_ file: File?) { if let file { file.synced = file.content } }
    fileprivate func keepDamaged() { damaged = named }
}

/// The journal's view of such a disk. Files stay open, whatever happens to their names.
struct DiskStorage: JournalStorage {
    let disk: JournalDisk
    private var journal: JournalDisk.File?
    private var replacement: JournalDisk.File?

    init(_ disk: JournalDisk) { self.disk = disk }

    var path: String { "leases.journal" }

    mutating func open() throws(JournalError) -> Int? {
        do throws(SystemError) {
            try disk.perform(.open) { _ in journal = disk.named }
        } catch {
            throw .system(error, path: path)
        }
        return journal?.content.count
    }

    func isInPlace() throws(SystemError) -> Bool {
        if disk.isAway { throw .missingDirectory }
        return disk.named === journal
    }

    mutating func read(
        _ file: JournalFile, at offset: Int, into bytes: inout MutableSpan<UInt8>
    ) throws(SystemError) -> Int {
        try disk.perform(.read) { _ in }
        let content = (file == .journal ? journal : replacement)?.content ?? []
        let count = max(min(bytes.count, content.count - offset), 0)
        // SAFETY: the slice has `count` bytes, and the span no fewer.
        unsafe bytes.withUnsafeMutableBytes { target in
            unsafe target.copyBytes(from: content[min(offset, content.count)...].prefix(count))
        }
        return count
    }

    mutating func append(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
        let bytes = Self.array(bytes)
        try disk.perform(.append) { isHalf in
            journal?.write(isHalf ? Self.half(bytes) : bytes, at: offset, isSynchronous: true)
        }
    }

    mutating func createReplacement() throws(SystemError) {
        if disk.isAway { throw .missingDirectory }
        try disk.perform(.createReplacement) { _ in
            replacement = JournalDisk.File()
            disk.replacement = replacement
        }
    }

    mutating func writeReplacement(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
        let bytes = Self.array(bytes)
        try disk.perform(.writeReplacement) { isHalf in
            replacement?.write(isHalf ? Self.half(bytes) : bytes, at: offset, isSynchronous: false)
        }
    }

    mutating func syncReplacement() throws(SystemError) {
        try disk.perform(.syncReplacement) { _ in disk.sync(replacement) }
    }

    mutating func renameReplacement() throws(SystemError) {
        let hasHappened = (try? disk.perform(.renameReplacement) { _ in disk.rename() }) != nil
        guard hasHappened else { throw SystemError(operation: "rename", code: disk.errorCode) }
        journal = replacement
        replacement = nil
    }

    mutating func syncDirectory() throws(SystemError) {
        try disk.perform(.syncDirectory) { _ in disk.syncDirectory() }
    }

    mutating func abandonReplacement() {
        replacement = nil
        try? disk.perform(.abandonReplacement) { _ in disk.replacement = nil }
    }

    mutating func keepDamaged() throws(SystemError) {
        try disk.perform(.keepDamaged) { _ in disk.keepDamaged() }
    }

    private static func array(_ bytes: Span<UInt8>) -> [UInt8] {
        // SAFETY: the bytes are copied at once.
        unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
    }

    /// The first half, which ends inside a record.
    private static func half(_ bytes: [UInt8]) -> [UInt8] { Array(bytes.prefix(bytes.count / 2 + 7)) }
}
