import CLinuxSystem
import Glibc

/// How many descriptors this process may have open at once (RLIMIT_NOFILE, getrlimit(2)).
package enum DescriptorLimit {
    /// Raises the soft limit to the hard one, which any process may do.
    /// - Returns: the limit that counts from now on.
    package static func raise() -> UInt64 {
        var limit = rlimit()
        // SAFETY: the kernel writes the whole structure, and only during the call; this resource always exists.
        _ = unsafe getrlimit(resource, &limit)
        guard limit.rlim_cur < limit.rlim_max else { return UInt64(limit.rlim_cur) }
        var raised = limit
        raised.rlim_cur = limit.rlim_max
        // SAFETY: the kernel only reads the structure, and only during the call.
        let isRaised = unsafe setrlimit(resource, &raised) == 0
        return UInt64(isRaised ? raised.rlim_cur : limit.rlim_cur)
    }

    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
}
