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
    func change(_ body: (inout Pool) -> Void) throws {
        var changed = pool
        body(&changed)
        guard changed != pool else { return }
        changed.updatedAt = .now
        try changed.save(in: stateDirectory)
        pool = changed
    }

    /// Saves the pool as it is.
    func save() throws { try pool.save(in: stateDirectory) }
}
