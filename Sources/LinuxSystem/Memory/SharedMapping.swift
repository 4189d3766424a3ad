/// Memory shared with the kernel, with exactly one owner, unmapped when the owner ends.
///
/// `@unchecked`: the pointer has one owner, which cannot be copied; whoever moves the owner to another thread moves the only way
/// to the memory.
@safe package struct SharedMapping: ~Copyable, @unchecked Sendable {
    /// The first byte. It must not be used after the owner has ended.
    @unsafe package let unsafeBase: UnsafeMutableRawPointer
    package let byteCount: Int

    /// Maps the first `byteCount` bytes of `descriptor`. The mapping outlives the descriptor.
    package init(_ descriptor: Int32, byteCount: Int) throws(SystemError) {
        // SAFETY: the address of a mapping that this owner made, and alone gives back.
        unsafe unsafeBase = try SystemCall.mmap(descriptor, byteCount: byteCount)
        self.byteCount = byteCount
    }

    deinit {
        // SAFETY: this owner made the mapping and lends pointers into it only for its own lifetime.
        unsafe SystemCall.munmap(unsafeBase, byteCount: byteCount)
    }
}
