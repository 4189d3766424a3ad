import Synchronization

/// Tells a thread to end. It looks now and then.
final class StopFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    // ORDERING: here and below, the flag alone counts; nothing is handed over with it.
    var isSet: Bool { flag.load(ordering: .relaxed) }
    func set() { flag.store(true, ordering: .relaxed) }
}
