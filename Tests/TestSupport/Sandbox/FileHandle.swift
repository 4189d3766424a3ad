import Glibc

/// An open file that closes itself.
final class FileHandle: Sendable {
    let rawValue: CInt

    init(owning rawValue: CInt) { self.rawValue = rawValue }

    convenience init(opening path: String, _ flags: CInt) throws {
        // SAFETY: the path is a string that outlives the call.
        self.init(owning: try check("open \(path)", unsafe open(path, flags | O_CLOEXEC)))
    }

    deinit { close(rawValue) }

    /// All bytes of a regular file or memory file from its start, whatever the current offset is.
    func contents() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            // SAFETY: the buffer is as long as the array that lends it.
            let count = try check(
                "pread",
                unsafe chunk.withUnsafeMutableBytes {
                    unsafe pread(rawValue, $0.baseAddress, $0.count, bytes.count)
                })
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// All bytes of a stream up to its end.
    func stream() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            // SAFETY: the buffer is as long as the array that lends it.
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(rawValue, $0.baseAddress, $0.count) }
            guard try check("read", count) > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// Writes all of `bytes`.
    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            // SAFETY: the buffer is as long as the slice that lends it.
            let count = try check(
                "write",
                unsafe rest.withUnsafeBytes {
                    unsafe Glibc.write(rawValue, $0.baseAddress, $0.count)
                })
            rest = rest.dropFirst(count)
        }
    }
}
