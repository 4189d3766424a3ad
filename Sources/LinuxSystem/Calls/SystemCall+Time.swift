public import CLinuxSystem

extension SystemCall {
    /// Nanoseconds on one of the clocks that CLinuxSystem names. The vDSO answers, not the kernel.
    @inlinable
    @inline(__always)
    package static func clock_gettime(_ clock: Int) -> UInt64 {
        CLinuxSystem_nanoseconds(Int32(truncatingIfNeeded: clock))
    }
}
