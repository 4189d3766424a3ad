import Addresses
import Synchronization

/// Orders to one worker about single clients, with the answers they wait for. Off the packet path: the worker looks at
/// a flag.
final class ControlQueue: Sendable {
    /// An order to take a client's address away.
    struct Release: Sendable {
        let client: MACAddress
        /// Called once, on the worker's thread: whether the release is durable. True also when there was nothing to
        /// release.
        let completion: @Sendable (Bool) -> Void
    }

    private let releases = Mutex<[Release]>([])
    private let hasWork = Atomic<Bool>(false)
    private let worker: WakeUp

    init(worker: WakeUp) { self.worker = worker }

    func append(_ release: Release) {
        releases.withLock { $0.append(release) }
        // ORDERING: releasing; pairs with `takeFirst`.
        hasWork.store(true, ordering: .releasing)
        worker.signal()
    }

    /// Whether an order may wait: to be asked between `WakeUp.prepareToSleep()` and the wait as well.
    @inline(__always)
    var isWaiting: Bool {
        // ORDERING: acquiring; pairs with `append`.
        hasWork.load(ordering: .acquiring)
    }

    /// The oldest order.
    func takeFirst() -> Release? {
        releases.withLock { releases in
            // ORDERING: relaxed; the lock orders it against `append`, which sets the flag after it.
            if releases.count <= 1 { hasWork.store(false, ordering: .relaxed) }
            return releases.isEmpty ? nil : releases.removeFirst()
        }
    }
}
