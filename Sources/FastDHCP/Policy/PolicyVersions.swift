import Synchronization

/// Holds the present policy, and the former one for replies that were decided under it and still wait for the disk.
///
/// Readers check a number once per round. They take the lock only when that number has changed.
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

    /// The generation of the present policy.
    @inline(__always)
    public var generation: UInt32 {
        // ORDERING: relaxed; a thread that sees a new number takes the policy under the lock.
        generationWord.load(ordering: .relaxed)
    }

    public var present: ClientPolicy { state.withLock { $0.present } }

    /// Makes `policy` the present policy.
    public func replace(with policy: ClientPolicy) {
        state.withLock { state in
            state.former = state.present
            state.present = policy
        }
        // ORDERING: relaxed; as above.
        generationWord.store(policy.generation, ordering: .relaxed)
    }

    /// The policy of this generation. If it is neither the present nor the former one, the present policy.
    func policy(of generation: UInt32) -> ClientPolicy {
        state.withLock { $0.former.generation == generation ? $0.former : $0.present }
    }
}
