import CLinuxSystem
import Glibc
import SystemPackage

/// The program that this process runs.
package enum ProcessImage {
    /// The path of this process's executable.
    package static var path: String {
        get throws(SystemError) { try SystemCall.readlink("/proc/self/exe") }
    }

    /// Replaces this program with another one. It keeps the process ID, the descriptors and the environment.
    /// - Parameter arguments: the arguments, starting with the program's name.
    /// - Throws: when the program cannot be started. Nothing has changed then.
    package static func replace(with path: String, arguments: [String]) throws(SystemError) -> Never {
        // SAFETY: the copies live until execv has replaced this program. The array ends with the null that execv
        // requires.
        let copies = unsafe arguments.map { unsafe strdup($0) } + [nil]
        unsafe execv(path, copies)
        let code = Errno(rawValue: errno)
        unsafe copies.forEach { unsafe free($0) }
        throw SystemError(operation: "execv", code: code, path: path)
    }
}
