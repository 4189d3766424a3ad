import Synchronization

/// Does something once, when as many as were announced have taken their step.
final class ReadinessLatch: Sendable {
    private let remaining: Mutex<Int>
    private let completion: @Sendable () -> Void

    /// - Parameter count: when it is zero, the thing is done at once.
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
