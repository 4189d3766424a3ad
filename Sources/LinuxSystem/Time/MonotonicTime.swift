import CLinuxSystem

/// The clock that systemd uses for timestamps.
package enum MonotonicTime {
    /// Microseconds on CLOCK_MONOTONIC.
    package static var microseconds: UInt64 { SystemCall.clock_gettime(CLinuxSystem_CLOCK_MONOTONIC) / 1000 }
}
