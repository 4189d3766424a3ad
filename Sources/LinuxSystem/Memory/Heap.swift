import CLinuxSystem

/// The C library's allocator.
public enum Heap {
    /// Keeps nothing that was needed but once, such as for the start. Worth it where threads seldom allocate; call it
    /// first of all.
    public static func keepSmall() {
        // All threads share one heap; else each keeps what it freed.
        mallopt(M_ARENA_MAX, 1)
        // Large blocks go back to the kernel when they are freed; else the first that is makes the next ones stay.
        mallopt(M_MMAP_THRESHOLD, 128 << 10)
    }
}
