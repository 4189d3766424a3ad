import Synchronization

/// Where the policies of a run lie: the present one, and the one before for replies that were decided by it and still wait for
/// the disk.
///
/// Readers look at a number once per round; they take the lock only when that has changed.
public final class PolicyVersions: Sendable {
    private struct State {
        var present: ClientPolicy
        var former: ClientPolicy
    }

    private let state: Mutex<State>
    private let generationWord: Atomic<UInt32>

    public init(_ policy: ClientPolicy) {
        state = Mutex(State(present: policy, former: policy))
        generationWord = Atomic(policy.generation)
    }

    /// The present policy's.
    @inline(__always)
    public var generation: UInt32 {
        // ORDERING: relaxed; who sees a new number takes the policy under the lock.
        generationWord.load(ordering: .relaxed)
    }

    public var present: ClientPolicy { state.withLock { $0.present } }

    /// Lets `policy` be the present one.
    public func replace(with policy: ClientPolicy) {
        state.withLock { state in
            state.former = state.present
            state.present = policy
        }
        // ORDERING: relaxed; as above.
        generationWord.store(policy.generation, ordering: .relaxed)
    }

    /// The policy of that generation; the present one for one that is older than the former.
    func policy(of generation: UInt32) -> ClientPolicy {
        state.withLock { $0.former.generation == generation ? $0.former : $0.present }
    }
}
