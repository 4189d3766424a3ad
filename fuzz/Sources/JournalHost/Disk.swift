package import FastDHCP
import Glibc
package import LinuxSystem

/// A disk that never fails, with one journal on it.
package final class Disk {
    package var content: [UInt8]
    fileprivate var replacement: [UInt8] = []
    private var generation: UInt32 = 1000

    package init(_ content: [UInt8]) { self.content = content }

    func nextGeneration() -> UInt32 {
        generation += 1000
        return generation
    }
}

/// The storage of a journal on that disk.
package struct DiskStorage: JournalStorage {
    private let disk: Disk

    init(_ disk: Disk) { self.disk = disk }

    package var path: String { "leases.journal" }

    package mutating func open() throws(JournalError) -> Int? { disk.content.isEmpty ? nil : disk.content.count }

    package func isInPlace() throws(SystemError) -> Bool { true }

    package mutating func read(
        _ file: JournalFile, at offset: Int, into bytes: inout MutableSpan<UInt8>
    ) throws(SystemError) -> Int {
        let content = file == .journal ? disk.content : disk.replacement
        let count = max(min(bytes.count, content.count - offset), 0)
        for index in 0..<count { bytes[index] = content[offset + index] }
        return count
    }

    package mutating func append(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
        Self.write(bytes, at: offset, to: &disk.content)
    }

    package mutating func createReplacement() throws(SystemError) { disk.replacement = [] }

    package mutating func writeReplacement(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
        Self.write(bytes, at: offset, to: &disk.replacement)
    }

    package mutating func syncReplacement() throws(SystemError) {}
    package mutating func renameReplacement() throws(SystemError) { disk.content = disk.replacement }
    package mutating func syncDirectory() throws(SystemError) {}
    package mutating func abandonReplacement() {}
    package mutating func keepDamaged() throws(SystemError) {}

    private static func write(_ bytes: Span<UInt8>, at offset: Int, to content: inout [UInt8]) {
        let end = offset + bytes.count
        if content.count < end { content += [UInt8](repeating: 0, count: end - content.count) }
        for index in bytes.indices { content[offset + index] = bytes[index] }
    }
}
