/// Where changes become durable.
public protocol JournalSink: ~Copyable, SendableMetatype {
    /// Writes the changes and syncs them, as one batch. No two are of the same address.
    /// - Returns: whether all of them survive a power cut from now on. If not, none counts.
    mutating func commit(_ changes: Span<BindingChange>) -> Bool

    /// Notes which export of the leases comes next, and syncs that.
    mutating func record(_ fingerprint: ExportFingerprint) -> Bool

    /// Does what no batch needs at once. What delays replies is left for a time when `isIdle`, as long as it can wait.
    mutating func tidy(isIdle: Bool)
}

/// Where changes become reachability.
public protocol RouteSink: ~Copyable, SendableMetatype {
    /// Begins to make the kernel's routes and neighbours follow the changes, of which no two are of the same address. They
    /// may run on while the caller does something else, up to `finish`.
    mutating func begin(_ changes: Span<BindingChange>)

    /// Waits for what was begun.
    /// - Parameter isRouted: gets an entry for each change: whether the kernel has it.
    mutating func finish(_ isRouted: inout MutableSpan<Bool>)
}

/// Where replies leave.
public protocol ReplySink: ~Copyable {
    /// Writes one frame and returns true, or returns false when there is no room.
    /// - Parameter reply: stays as it is; inout so that nothing of it is copied.
    mutating func send(_ reply: inout Reply) -> Bool
    /// Hands what was written to the kernel.
    mutating func flush()
}

/// Keeps nothing: for measuring what the rest costs.
public struct NoJournal: JournalSink, Sendable {
    public init() {}
    public mutating func commit(_ changes: Span<BindingChange>) -> Bool { true }
    public mutating func record(_ fingerprint: ExportFingerprint) -> Bool { true }
    public mutating func tidy(isIdle: Bool) {}
}

/// Routes nothing: for measuring what the rest costs.
public struct NoRoutes: RouteSink, Sendable {
    public init() {}
    public mutating func begin(_ changes: Span<BindingChange>) {}
    public mutating func finish(_ isRouted: inout MutableSpan<Bool>) {
        for index in isRouted.indices { isRouted[index] = true }
    }
}
