import CLinuxSystem
import Glibc

/// The limit on open descriptors of this process (RLIMIT_NOFILE, getrlimit(2)).
package enum DescriptorLimit {
    /// Raises the soft limit to the hard limit. Any process may do that.
    /// - Returns: the limit that is in force afterwards.
    package static func raise() -> UInt64 {
        var limit = rlimit()
        // SAFETY: the kernel writes the whole structure, and only during the call. This resource always exists.
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
