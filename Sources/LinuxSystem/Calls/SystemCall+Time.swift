public import CLinuxSystem

extension SystemCall {
    /// Reads one of the clocks that CLinuxSystem names, in nanoseconds. The vDSO answers without entering the kernel.
    @inlinable
    @inline(__always)
    package static func clock_gettime(_ clock: Int) -> UInt64 {
        CLinuxSystem_nanoseconds(Int32(truncatingIfNeeded: clock))
    }
}
