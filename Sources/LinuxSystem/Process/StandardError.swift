import CLinuxSystem
import Glibc

/// What operators read when something is wrong.
package enum StandardError {
    /// Writes a line, after all that was printed before it.
    package static func print(_ line: String) {
        fflush(nil)
        let bytes = Array((line + "\n").utf8)
        // SAFETY: the count is the array's own. Nobody is left to be told when standard error is closed.
        _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
