import LinuxSystem
import Synchronization

/// Lets the export thread ask the committer to record the fingerprint of the next export, and wait for the answer. Only
/// one thread asks at a time.
final class FingerprintHandshake: Sendable {
    private let asked = Mutex<ExportFingerprint?>(nil)
    private let hasQuestion = Atomic<Bool>(false)
    /// 0 while there is no answer, 1 for yes, 2 for no.
    private let answer = Atomic<Int>(0)
    private let answered: WakeUp
    private let committer: WakeUp

    init(committer: WakeUp) throws(SystemError) {
        self.committer = committer
        answered = try WakeUp()
    }

    /// Waits until the fingerprint is on the disk. Returns false when the disk refuses.
    func record(_ fingerprint: ExportFingerprint) -> Bool {
        asked.withLock { $0 = fingerprint }
        // ORDERING: releasing; pairs with `isWaiting`.
        hasQuestion.store(true, ordering: .releasing)
        committer.signal()
        var polled = PollSet([answered.fileDescriptor])
        while true {
            answered.prepareToSleep()
            // ORDERING: acquiring and releasing; the answer is taken once.
            let value = answer.exchange(0, ordering: .acquiringAndReleasing)
            // If the wait fails, the loop looks again at once. See `PacketWorker.sleep`.
            if value == 0 { _ = try? polled.wait() }
            answered.clear()
            if value != 0 { return value == 1 }
        }
    }

    var isWaiting: Bool {
        // ORDERING: acquiring; pairs with the store in `record`.
        hasQuestion.load(ordering: .acquiring)
    }

    /// Takes the pending fingerprint. For the committer, which must answer with `reply`.
    func take() -> ExportFingerprint? {
        guard isWaiting else { return nil }
        // ORDERING: relaxed; the lock orders it.
        hasQuestion.store(false, ordering: .relaxed)
        return asked.withLock { $0.take() }
    }

    func reply(_ isDurable: Bool) {
        // ORDERING: releasing; pairs with the exchange in `record`.
        answer.store(isDurable ? 1 : 2, ordering: .releasing)
        answered.signal()
    }
}
