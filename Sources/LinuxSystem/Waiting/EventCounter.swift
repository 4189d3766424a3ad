import SystemPackage

/// A counter (eventfd) that any thread can increment and one thread takes. It is a wake-up that poll can watch together
/// with sockets.
package struct EventCounter: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    /// - Throws: if the process or the system has no descriptors left.
    package init() throws(SystemError) { descriptor = try SystemCall.eventfd() }

    /// The descriptor. It is readable while the counter is not zero, and is closed together with the counter.
    package var fileDescriptor: Int32 { descriptor.rawValue }

    /// Adds one. Any thread may call this.
    package func signal() {
        do {
            try SystemCall.writeWord(fileDescriptor, 1)
        } catch {
            // The sum is at its limit, so the descriptor is readable and a waiting thread wakes up anyway.
            precondition(error.code == .resourceTemporarilyUnavailable, "eventfd")
        }
    }

    /// Returns the counter and resets it to zero. Returns zero when nothing was added.
    @discardableResult
    package func take() -> UInt64 {
        do {
            return try SystemCall.readWord(fileDescriptor)
        } catch {
            precondition(error.code == .resourceTemporarilyUnavailable, "eventfd")
            return 0
        }
    }

    /// Waits until the counter is not zero, then resets it.
    package func wait() {
        var polled = PollSet([fileDescriptor])
        // The descriptor is valid, so waiting fails only when the kernel lacks memory. Then the loop tries again.
        while take() == 0 { _ = try? polled.wait() }
    }
}
