import Glibc

/// A fixed number of descriptors to wait on, kept inline so that waiting allocates nothing.
public struct PollSet<let count: Int> {
    private var entries: InlineArray<count, pollfd>

    /// Watches each of `descriptors` for input; errors are reported always.
    public init(_ descriptors: InlineArray<count, Int32>) {
        entries = InlineArray { pollfd(fd: descriptors[$0], events: Int16(POLLIN), revents: 0) }
    }

    /// Waits until a descriptor has an event, for at most `timeoutMilliseconds` (-1: without limit).
    /// - Returns: how many have one. Zero also when a signal ended the wait early.
    @discardableResult
    public mutating func wait(timeoutMilliseconds: Int32 = -1) throws(SystemError) -> Int {
        var span = entries.mutableSpan
        return try SystemCall.poll(&span, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Whether the last wait found input on the descriptor at `index`.
    public func isReadable(_ index: Int) -> Bool { entries[index].revents & Int16(POLLIN) != 0 }

    /// Whether the last wait found an error on the descriptor at `index`; on a ring ask for its event then.
    public func hasError(_ index: Int) -> Bool {
        entries[index].revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
    }

    /// Watches `descriptor` at `index` from now on; -1 watches nothing there.
    public mutating func replace(_ index: Int, with descriptor: Int32) {
        entries[index] = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    }
}
