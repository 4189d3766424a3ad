import CLinuxSystem
import Glibc
import SystemPackage

// MARK: Reading /proc, off the packet path

extension SystemCall {
    /// Reads the whole of a file whose content the kernel generates on reading, such as one in /proc.
    package static func readFile(_ path: String) throws(SystemError) -> [UInt8] {
        let descriptor = try open(path, .readOnly)
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            // SAFETY: the kernel writes at most the chunk's own bytes, and only during the call.
            let count = try check("read") {
                unsafe chunk.withUnsafeMutableBytes {
                    unsafe Glibc.read(descriptor.rawValue, $0.baseAddress, $0.count)
                }
            }
            if count == 0 { return content }
            content += chunk[..<count]
        }
    }

    /// The target of a symbolic link, truncated to 4,096 bytes.
    package static func readlink(_ path: String) throws(SystemError) -> String {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        // SAFETY: the kernel writes at most the buffer's own bytes, and only during the call.
        let count = try check("readlink") {
            unsafe target.withUnsafeMutableBufferPointer {
                unsafe Glibc.readlink(path, $0.baseAddress!, $0.count)
            }
        }
        return String(decoding: target[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The names in a directory. Empty if the directory cannot be read.
    package static func names(inDirectory path: String) -> [String] {
        // SAFETY: the stream is ours until closedir. An entry lives until the next readdir, and its name is copied at
        // once.
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            unsafe withUnsafeBytes(of: &entry.pointee.d_name) { name in
                unsafe names.append(String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
            }
        }
        return names
    }
}
