import CLinuxSystem
import Glibc
import Synchronization

/// SIGHUP before anybody is there to act on it. The kernel's default would end the process.
package enum HangUpSignal {
    private static let isKept = Atomic<Bool>(false)

    /// Keeps the signal from now on, until somebody else handles it.
    package static func keep() {
        // Initialises the word now: the handler may run at any moment.
        // ORDERING: relaxed; only the one word is shared.
        isKept.store(false, ordering: .relaxed)
        // The handler stores into an atomic word and does nothing else, as a signal handler must.
        _ = signal(SIGHUP) { _ in
            // ORDERING: relaxed; as above.
            HangUpSignal.isKept.store(true, ordering: .relaxed)
        }
    }

    /// Whether the signal came since the last call.
    package static func takeKept() -> Bool {
        // ORDERING: relaxed; as above.
        isKept.exchange(false, ordering: .relaxed)
    }
}
