internal import CNetlink
internal import Glibc

/// A counter that one thread raises and another waits for (eventfd): a wake-up that poll can see beside
/// sockets.
package final class EventCounter: Sendable {
    private let descriptor: FileDescriptor

    /// - Throws: if the process or the system has no descriptors left.
    package init() throws(ErrorNumber) {
        descriptor = try FileDescriptor(owning: eventfd(0, Int32(EFD_CLOEXEC | EFD_SEMAPHORE)))
    }

    /// Readable while the counter is not zero.
    package var fileDescriptor: Int32 { descriptor.rawValue }

    /// Adds one. Callable from any thread.
    package func signal() {
        while eventfd_write(descriptor.rawValue, 1) != 0 {}
    }

    /// Waits until the counter is not zero and takes one.
    package func wait() {
        var value = eventfd_t()
        // SAFETY: a local that outlives the call. Only a signal to the thread makes it fail, and then it is
        // repeated.
        while unsafe eventfd_read(descriptor.rawValue, &value) != 0 {}
    }
}
