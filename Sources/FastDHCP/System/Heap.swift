import CFastDHCP

/// The C library's allocator.
public enum Heap {
    /// Lets all threads share one heap: else each has its own, and keeps for itself what it needed but once. Worth it
    /// where threads seldom allocate. For the heaps that are still to be made: call it first of all.
    public static func shareAmongThreads() { mallopt(M_ARENA_MAX, 1) }
}
