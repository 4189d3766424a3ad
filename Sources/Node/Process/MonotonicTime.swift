import Glibc

/// The clock that systemd stamps by.
enum MonotonicTime {
    /// Microseconds on CLOCK_MONOTONIC.
    static var microseconds: UInt64 {
        var time = timespec()
        // SAFETY: the kernel writes the whole of `time`, and only during the call; this clock always exists.
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
    }
}
