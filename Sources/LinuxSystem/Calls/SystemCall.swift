import CLinuxSystem
public import Glibc
public import SystemPackage

/// The system calls: one thin wrapper for each, under the kernel's name.
///
/// A wrapper retries on EINTR and turns a failure into a ``SystemError``. It decides nothing else. `poll` and `close`
/// do not retry. Descriptors are plain numbers here; ``OwnedDescriptor`` owns them.
@usableFromInline
package enum SystemCall {
    /// Runs `call`, again while a signal interrupts it. Throws errno when it returns -1.
    @inlinable
    @inline(__always)
    @discardableResult
    package static func check<Result: FixedWidthInteger & SignedInteger>(
        _ operation: StaticString, _ call: () -> Result
    ) throws(SystemError) -> Result {
        while true {
            let result = call()
            if result != -1 { return result }
            let code = Errno(rawValue: errno)
            if code != .interrupted { throw SystemError(operation: "\(operation)", code: code) }
        }
    }

    /// Runs `body`. Adds the file at `path` to the error that it throws.
    static func naming<Result: ~Copyable>(
        _ path: String, _ body: () throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        do { return try body() } catch { throw error.on(path) }
    }

    /// Runs a call of swift-system. Adds `operation` to its error, which does not say what failed.
    @inline(__always)
    static func translate<Result>(
        _ operation: StaticString, _ call: () throws -> Result
    ) throws(SystemError) -> Result {
        do {
            return try call()
        } catch {
            guard let code = error as? Errno else { preconditionFailure("swift-system throws Errno") }
            throw SystemError(operation: "\(operation)", code: code)
        }
    }
}

// MARK: Descriptors

extension SystemCall {
    /// Closes `descriptor` and never retries: Linux frees the number even when close reports an error such as EINTR.
    package static func close(_ descriptor: Int32) {
        _ = Glibc.close(descriptor)
    }

    /// Opens an eventfd that never blocks. A read returns the sum of what was written.
    static func eventfd() throws(SystemError) -> OwnedDescriptor {
        OwnedDescriptor(try check("eventfd") { CLinuxSystem.eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)) })
    }

    /// Reads one 64-bit word. Throws EAGAIN when a nonblocking descriptor has none.
    package static func readWord(_ descriptor: Int32) throws(SystemError) -> UInt64 {
        var word: UInt64 = 0
        // SAFETY: the kernel writes at most the eight bytes of `word`, and only during the call.
        try check("read") { unsafe Glibc.read(descriptor, &word, MemoryLayout<UInt64>.size) }
        return word
    }

    /// Writes one 64-bit word. Throws EAGAIN when the sum of an eventfd would overflow.
    package static func writeWord(_ descriptor: Int32, _ word: UInt64) throws(SystemError) {
        var word = word
        // SAFETY: the kernel reads eight bytes of `word`, and only during the call.
        try check("write") { unsafe Glibc.write(descriptor, &word, MemoryLayout<UInt64>.size) }
    }

    /// Waits until an entry has an event, for at most `timeoutMilliseconds` (-1: without limit).
    ///
    /// An interrupted wait counts as a wait without events, because a retry would extend the timeout.
    @usableFromInline
    package static func poll(
        _ entries: inout MutableSpan<pollfd>, timeoutMilliseconds: Int32
    ) throws(SystemError) -> Int {
        // SAFETY: the kernel writes revents of the buffer's own entries, and only during the call.
        let ready = unsafe entries.withUnsafeMutableBufferPointer { buffer in
            unsafe Glibc.poll(buffer.baseAddress, nfds_t(buffer.count), timeoutMilliseconds)
        }
        if ready >= 0 { return Int(ready) }
        let code = Errno(rawValue: errno)
        if code == .interrupted { return 0 }
        throw SystemError(operation: "poll", code: code)
    }
}

// MARK: Memory

extension SystemCall {
    /// Maps the first `byteCount` bytes of `descriptor` for reading and writing. The mapping is shared, and all its
    /// pages are present.
    static func mmap(_ descriptor: Int32, byteCount: Int) throws(SystemError) -> UnsafeMutableRawPointer {
        // SAFETY: the kernel picks a free address range, so no memory of ours is replaced.
        let address = unsafe Glibc.mmap(
            nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw SystemError(operation: "mmap", code: Errno(rawValue: errno))
        }
        return unsafe address
    }

    /// Unmaps a mapping. Nothing may point into it afterwards.
    static func munmap(_ address: UnsafeMutableRawPointer, byteCount: Int) {
        // SAFETY: the caller owns exactly this mapping and does not use it anymore.
        _ = unsafe Glibc.munmap(address, byteCount)
    }
}
