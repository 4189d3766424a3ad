import CLinuxSystem
import Glibc
import SystemPackage

/// The program that this process runs.
package enum ProcessImage {
    /// Where this process's executable lies.
    package static var path: String {
        get throws(SystemError) { try SystemCall.readlink("/proc/self/exe") }
    }

    /// Becomes another program, with the same process id, descriptors and environment.
    /// - Parameter arguments: with the program's name as the first.
    /// - Throws: when the program cannot be started; then nothing has changed.
    package static func replace(with path: String, arguments: [String]) throws(SystemError) -> Never {
        // SAFETY: the copies live until execv has replaced this program; the array ends with the null that execv looks
        // for.
        let copies = unsafe arguments.map { unsafe strdup($0) } + [nil]
        unsafe execv(path, copies)
        let code = Errno(rawValue: errno)
        unsafe copies.forEach { unsafe free($0) }
        throw SystemError(operation: "execv", code: code, path: path)
    }
}
