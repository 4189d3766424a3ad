/// Where changes become durable.
public protocol JournalSink: ~Copyable, SendableMetatype {
    /// Writes and syncs the changes as one batch, with at most one change per address.
    /// - Returns: whether all of them survive a power cut from now on. If not, none of them counts.
    mutating func commit(_ changes: Span<BindingChange>) -> Bool

    /// Records the fingerprint of the next export, and syncs it.
    /// - Returns: whether the fingerprint is durable.
    mutating func record(_ fingerprint: ExportFingerprint) -> Bool

    /// Does periodic housekeeping. Work that delays replies waits until `isIdle` is true, as long as it can wait.
    mutating func tidy(isIdle: Bool)
}

/// Where changes become routes, so that clients can be reached.
public protocol RouteSink: ~Copyable, SendableMetatype {
    /// Starts applying the changes to the kernel's routes and neighbours, with at most one change per address. The work
    /// may continue while the caller does something else, until `finish`.
    mutating func begin(_ changes: Span<BindingChange>)

    /// Waits until the work started by `begin` is done.
    /// - Parameter isRouted: receives for each change whether the kernel has it.
    mutating func finish(_ isRouted: inout MutableSpan<Bool>)
}

/// Where replies are sent.
public protocol ReplySink: ~Copyable {
    /// Writes one frame and returns true, or returns false when there is no room.
    /// - Parameter reply: stays unchanged. It is inout so that it is not copied.
    mutating func send(_ reply: inout Reply) -> Bool
    /// Passes the written frames to the kernel.
    mutating func flush()
}

/// A journal that keeps nothing, for measuring the cost of everything else.
public struct NoJournal: JournalSink, Sendable {
    public init() {}
    public mutating func commit(_ changes: Span<BindingChange>) -> Bool { true }
    public mutating func record(_ fingerprint: ExportFingerprint) -> Bool { true }
    public mutating func tidy(isIdle: Bool) {}
}

/// A route sink that does nothing, for measuring the cost of everything else.
public struct NoRoutes: RouteSink, Sendable {
    public init() {}
    public mutating func begin(_ changes: Span<BindingChange>) {}
    public mutating func finish(_ isRouted: inout MutableSpan<Bool>) {
        for index in isRouted.indices { isRouted[index] = true }
    }
}

/// Identifies one export of the leases (`leases.json`) by its content, so that the next start recognizes it.
public struct ExportFingerprint: Equatable, Sendable {
    public var byteCount: UInt64
    /// CRC-32C of the file.
    public var checksum: UInt32

    init(byteCount: UInt64, checksum: UInt32) {
        self.byteCount = byteCount
        self.checksum = checksum
    }
}
