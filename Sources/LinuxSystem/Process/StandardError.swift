import CLinuxSystem
import Glibc

/// Standard error, where operators look when something is wrong.
package enum StandardError {
    /// Writes a line, after everything that was printed before.
    package static func print(_ line: String) {
        fflush(nil)
        let bytes = Array((line + "\n").utf8)
        // SAFETY: the count is the array's own. Nobody is left to be told when standard error is closed.
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// How many bytes one write may have without waiting, when poll(2) says that the descriptor takes any: PIPE_BUF.
    private static let pieceByteCount = 4096

    /// Writes bytes without waiting for whoever reads them.
    /// - Returns: false when the reader does not keep up, so that a part of the bytes, or all, is lost.
    package static func write(withoutWaiting bytes: [UInt8]) -> Bool {
        var start = 0
        while start < bytes.count {
            var polled = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
            // SAFETY: the kernel writes only into the one structure, and only during the call.
            guard unsafe poll(&polled, 1, 0) > 0 else { return false }
            let end = min(start + pieceByteCount, bytes.count)
            // SAFETY: the range lies within the array.
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(STDERR_FILENO, $0.baseAddress! + start, end - start)
            }
            guard count > 0 else { return false }
            start += count
        }
        return true
    }

    /// Whether standard error is the connection to systemd's journal that `variable` (JOURNAL_STREAM, systemd.exec(5)) names.
    package static func isJournal(named variable: String?) -> Bool {
        guard let variable, let status = try? SystemCall.fileStatus(STDERR_FILENO) else { return false }
        return variable == "\(status.device):\(status.inode)"
    }
}
