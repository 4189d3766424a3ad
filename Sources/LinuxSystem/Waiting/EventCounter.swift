import SystemPackage

/// A counter that any thread raises and one takes (eventfd): a wake-up that poll can see beside sockets.
package struct EventCounter: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    /// - Throws: if the process or the system has no descriptors left.
    package init() throws(SystemError) { descriptor = try SystemCall.eventfd() }

    /// Readable while the counter is not zero; closed with the counter.
    package var fileDescriptor: Int32 { descriptor.rawValue }

    /// Adds one. Callable from any thread.
    package func signal() {
        do {
            try SystemCall.writeWord(fileDescriptor, 1)
        } catch {
            // The sum is at its limit, so the descriptor is readable and whoever waits wakes anyway.
            precondition(error.code == .resourceTemporarilyUnavailable, "eventfd")
        }
    }

    /// Takes all that was added; zero when there is nothing.
    @discardableResult
    package func take() -> UInt64 {
        do {
            return try SystemCall.readWord(fileDescriptor)
        } catch {
            precondition(error.code == .resourceTemporarilyUnavailable, "eventfd")
            return 0
        }
    }

    /// Waits until the counter is not zero, and takes all that was added.
    package func wait() {
        var polled = PollSet([fileDescriptor])
        // The descriptor is valid: waiting fails only when the kernel lacks memory, and then it is tried again.
        while take() == 0 { _ = try? polled.wait() }
    }
}
