internal import Glibc

/// An open file, socket or namespace that is closed when its owner goes away.
struct FileDescriptor: ~Copyable, Sendable {
    let rawValue: Int32

    /// Takes over the result of a system call that opens something.
    init(owning result: Int32) throws(ErrorNumber) {
        guard result >= 0 else { throw .current }
        rawValue = result
    }

    deinit { close(rawValue) }
}

/// The system calls of this module that know nothing of netlink. Interruptions by signals are repeated here
/// and nowhere else.
enum System {
    static func open(_ path: String, _ flags: Int32, mode: mode_t = 0) throws(ErrorNumber) -> FileDescriptor {
        // SAFETY: the path is passed as a zero-terminated copy, and the mode is the one variadic argument
        // that open takes.
        try FileDescriptor(owning: unsafe Glibc.open(path, flags | O_CLOEXEC, mode))
    }
}

/// Waits until one of `descriptors` can be read.
/// - Parameter time: how long at most; nil waits for ever.
/// - Returns: which of them can; none if the time ran out.
package func waitReadable(_ descriptors: [Int32], for time: Duration?) throws(ErrorNumber) -> [Bool] {
    var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let deadline = time.map { ContinuousClock.now + $0 }
    while true {
        // Rounded up, so that the time is over when it is.
        let milliseconds = deadline.map { max(0, ($0 - .now) / .milliseconds(1)).rounded(.up) } ?? -1
        // SAFETY: the array outlives the call, and its own count bounds what the kernel writes.
        let result = unsafe poll(&entries, nfds_t(entries.count), Int32(clamping: Int(milliseconds)))
        if result >= 0 { return entries.map { $0.revents != 0 } }
        let error = ErrorNumber.current
        guard error == .interrupted else { throw error }
    }
}
