import Synchronization

/// Tells a thread to end. The thread checks the flag periodically.
final class StopFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    // ORDERING: here and below, only the flag itself counts; it publishes no other data.
    var isSet: Bool { flag.load(ordering: .relaxed) }
    func set() { flag.store(true, ordering: .relaxed) }
}
