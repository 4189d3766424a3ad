import CLinuxSystem
public import Glibc

/// A fixed number of descriptors to wait for. They are stored inline, so waiting allocates nothing.
@frozen
public struct PollSet<let count: Int> {
    @usableFromInline var entries: InlineArray<count, pollfd>

    /// Watches each of `descriptors` for input. Errors are always reported.
    @inlinable
    public init(_ descriptors: InlineArray<count, Int32>) {
        entries = InlineArray { pollfd(fd: descriptors[$0], events: Int16(POLLIN), revents: 0) }
    }

    /// Waits until a descriptor has an event, for at most `timeoutMilliseconds` (-1: without limit).
    /// - Returns: how many descriptors have an event. Zero also when a signal ended the wait early.
    @inlinable
    @discardableResult
    public mutating func wait(timeoutMilliseconds: Int32 = -1) throws(SystemError) -> Int {
        var span = entries.mutableSpan
        return try SystemCall.poll(&span, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// As above, for at most `time` (nil: without limit). The time is rounded up to a millisecond, so it has passed
    /// when the wait is over.
    @discardableResult
    public mutating func wait(for time: Duration?) throws(SystemError) -> Int {
        let milliseconds = time.map { max(0, ($0 / .milliseconds(1)).rounded(.up)) } ?? -1
        return try wait(timeoutMilliseconds: Int32(clamping: Int64(min(milliseconds, 0x1p31))))
    }

    /// Whether the last wait found input on the descriptor at `index`.
    @inlinable
    public func isReadable(_ index: Int) -> Bool { entries[index].revents & Int16(POLLIN) != 0 }

    /// Whether the last wait found an error on the descriptor at `index`. If it is a ring's, take the ring's event.
    @inlinable
    public func hasError(_ index: Int) -> Bool {
        entries[index].revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
    }

    /// Watches `descriptor` at `index` from now on. -1 means that nothing is watched there.
    @inlinable
    public mutating func replace(_ index: Int, with descriptor: Int32) {
        entries[index] = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    }
}
