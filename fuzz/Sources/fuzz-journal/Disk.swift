import FastDHCP
import Glibc
import LinuxSystem

/// A disk that never fails, with one journal on it.
final class Disk {
    var content: [UInt8]
    var replacement: [UInt8] = []
    private var generation: UInt32 = 1000

    init(_ content: [UInt8]) { self.content = content }

    func nextGeneration() -> UInt32 {
        generation += 1000
        return generation
    }
}

/// The storage of a journal on that disk.
struct DiskStorage: JournalStorage {
    private let disk: Disk

    init(_ disk: Disk) { self.disk = disk }

    var path: String { "leases.journal" }

    mutating func open() throws(JournalError) -> Int? { disk.content.isEmpty ? nil : disk.content.count }

    func isInPlace() throws(SystemError) -> Bool { true }

    mutating func read(
        _ file: JournalFile, at offset: Int, into bytes: inout MutableSpan<UInt8>
    ) throws(SystemError) -> Int {
        let content = file == .journal ? disk.content : disk.replacement
        let count = max(min(bytes.count, content.count - offset), 0)
        for index in 0..<count { bytes[index] = content[offset + index] }
        return count
    }

    mutating func append(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
        Self.write(bytes, at: offset, to: &disk.content)
    }

    mutating func createReplacement() throws(SystemError) { disk.replacement = [] }

    mutating func writeReplacement(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
        Self.write(bytes, at: offset, to: &disk.replacement)
    }

    mutating func syncReplacement() throws(SystemError) {}
    mutating func renameReplacement() throws(SystemError) { disk.content = disk.replacement }
    mutating func syncDirectory() throws(SystemError) {}
    mutating func abandonReplacement() {}
    mutating func keepDamaged() throws(SystemError) {}

    private static func write(_ bytes: Span<UInt8>, at offset: Int, to content: inout [UInt8]) {
        let end = offset + bytes.count
        if content.count < end { content += [UInt8](repeating: 0, count: end - content.count) }
        for index in bytes.indices { content[offset + index] = bytes[index] }
    }
}
