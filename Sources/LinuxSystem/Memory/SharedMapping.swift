/// Memory shared with the kernel. It has exactly one owner and is unmapped when the owner ends.
///
/// `@unchecked`: the pointer has one owner, which cannot be copied. Moving the owner to another thread moves the only
/// way to access the memory.
@safe package struct SharedMapping: ~Copyable, @unchecked Sendable {
    /// The first byte. It must not be used after the owner has ended.
    @unsafe package let unsafeBase: UnsafeMutableRawPointer
    package let byteCount: Int

    /// Maps the first `byteCount` bytes of `descriptor`. The mapping outlives the descriptor.
    package init(_ descriptor: Int32, byteCount: Int) throws(SystemError) {
        // SAFETY: this owner makes the mapping, and no one else unmaps it.
        unsafe unsafeBase = try SystemCall.mmap(descriptor, byteCount: byteCount)
        self.byteCount = byteCount
    }

    deinit {
        // SAFETY: this owner made the mapping, and pointers into it are valid only while the owner lives.
        unsafe SystemCall.munmap(unsafeBase, byteCount: byteCount)
    }
}
