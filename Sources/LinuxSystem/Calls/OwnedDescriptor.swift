/// A file descriptor with exactly one owner, closed when the owner ends.
package struct OwnedDescriptor: ~Copyable, Sendable {
    /// The kernel's number for it, valid while the owner lives.
    package let rawValue: Int32

    /// Takes over `rawValue`, which nobody else may close.
    package init(_ rawValue: Int32) { self.rawValue = rawValue }

    deinit { SystemCall.close(rawValue) }
}
