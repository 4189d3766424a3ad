import Synchronization

/// Calls a closure once, after ``step()`` was called a given number of times.
final class ReadinessLatch: Sendable {
    private let remaining: Mutex<Int>
    private let completion: @Sendable () -> Void

    /// - Parameters:
    ///   - count: how many steps to wait for. With 0, the closure is called at once.
    ///   - completion: the closure.
    init(_ count: Int, _ completion: @escaping @Sendable () -> Void) {
        remaining = Mutex(count)
        self.completion = completion
        if count == 0 { completion() }
    }

    func step() {
        let isLast = remaining.withLock { remaining in
            remaining -= 1
            return remaining == 0
        }
        if isLast { completion() }
    }
}
