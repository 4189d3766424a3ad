import CLinuxSystem
import Glibc
import SystemPackage

/// What commands print.
package enum StandardOutput {
    /// Writes what was printed and is still in memory.
    /// - Throws: when a part of what was printed could not be written.
    package static func flush() throws(SystemError) {
        guard fflush(nil) == 0 else {
            throw SystemError(operation: "write", code: Errno(rawValue: errno), path: "standard output")
        }
    }
}
