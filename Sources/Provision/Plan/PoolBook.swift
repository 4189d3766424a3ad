import FoundationEssentials
package import Node

/// The pool and its file while steps change both. Each change is on disk before the next call to a cloud.
package actor PoolBook {
    package private(set) var pool: Pool
    private let stateDirectory: String

    init(_ pool: Pool, stateDirectory: String) {
        self.pool = pool
        self.stateDirectory = stateDirectory
    }

    /// Changes the pool and saves it. Nothing is saved if `body` changes nothing.
    func change(_ body: (inout Pool) -> Void) async throws {
        let lock = try await StateLock.wait(for: .node, in: stateDirectory)
        // Waiting may have let another change in, so the pool is read only now.
        var changed = pool
        body(&changed)
        if changed != pool {
            changed.updatedAt = .now
            try changed.save(in: stateDirectory)
            pool = changed
        }
        lock.release()
    }
}
