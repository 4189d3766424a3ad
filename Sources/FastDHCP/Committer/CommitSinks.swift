/// Where changes become durable.
public protocol JournalSink: ~Copyable, SendableMetatype {
    /// Writes the changes and syncs them, as one batch.
    /// - Returns: whether all of them survive a power cut from now on. If not, none counts.
    mutating func commit(_ changes: Span<BindingChange>) -> Bool
}

/// Where changes become reachability.
public protocol RouteSink: ~Copyable, SendableMetatype {
    /// Makes the kernel's routes and neighbours follow the changes.
    /// - Parameter isRouted: one entry per change, all true; false where the kernel refused.
    mutating func apply(_ changes: Span<BindingChange>, isRouted: inout MutableSpan<Bool>)
}

/// Where replies leave.
public protocol ReplySink: ~Copyable {
    /// Writes one frame and returns true, or returns false when there is no room.
    mutating func send(_ reply: Reply) -> Bool
    /// Hands what was written to the kernel.
    mutating func flush()
}

/// Keeps nothing: for a host that asks for no durability.
public struct NoJournal: JournalSink, Sendable {
    public init() {}
    public mutating func commit(_ changes: Span<BindingChange>) -> Bool { true }
}

/// Routes nothing: for a host whose bridge is routed as a whole.
public struct NoRoutes: RouteSink, Sendable {
    public init() {}
    public mutating func apply(_ changes: Span<BindingChange>, isRouted: inout MutableSpan<Bool>) {}
}
