import CLinuxSystem

/// The C library's allocator.
public enum Heap {
    /// Makes the allocator return memory that is needed only once, for example at the start. Worth it when threads
    /// seldom allocate. Call it before anything else.
    public static func keepSmall() {
        // All threads share one heap. Otherwise each thread keeps what it has freed.
        mallopt(M_ARENA_MAX, 1)
        // Large blocks go back to the kernel when they are freed. Without a fixed threshold, glibc raises it when the
        // first large block is freed, and keeps the next ones.
        mallopt(M_MMAP_THRESHOLD, 128 << 10)
    }
}
