/// A file descriptor with exactly one owner, closed when the owner ends.
struct OwnedDescriptor: ~Copyable, Sendable {
    /// The kernel's number for it, valid while the owner lives.
    let rawValue: Int32

    /// Takes over `rawValue`, which nobody else may close.
    init(_ rawValue: Int32) { self.rawValue = rawValue }

    /// Gives up ownership: the caller closes the descriptor from here on.
    consuming func release() -> Int32 {
        let rawValue = rawValue
        discard self
        return rawValue
    }

    deinit { SystemCall.close(rawValue) }
}
