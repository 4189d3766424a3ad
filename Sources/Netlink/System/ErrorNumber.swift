internal import CNetlink
internal import Glibc

/// An error number of the kernel.
public struct ErrorNumber: RawRepresentable, Error, Hashable, Sendable {
    /// A positive errno.
    public var rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The error that the calling thread's last system call left behind.
    static var current: Self { Self(rawValue: errno) }

    public static var notPermitted: Self { Self(rawValue: EPERM) }
    public static var notFound: Self { Self(rawValue: ENOENT) }
    /// For routes: not in the table.
    public static var noSuchProcess: Self { Self(rawValue: ESRCH) }
    public static var interrupted: Self { Self(rawValue: EINTR) }
    public static var wouldBlock: Self { Self(rawValue: EAGAIN) }
    public static var exists: Self { Self(rawValue: EEXIST) }
    public static var noDevice: Self { Self(rawValue: ENODEV) }
    public static var invalid: Self { Self(rawValue: EINVAL) }
    public static var networkDown: Self { Self(rawValue: ENETDOWN) }
    public static var networkUnreachable: Self { Self(rawValue: ENETUNREACH) }
    public static var notSupported: Self { Self(rawValue: EOPNOTSUPP) }
    public static var addressNotAvailable: Self { Self(rawValue: EADDRNOTAVAIL) }
    public static var messageTooLong: Self { Self(rawValue: EMSGSIZE) }
    /// The receive queue overflowed and lost messages.
    public static var noBufferSpace: Self { Self(rawValue: ENOBUFS) }
    public static var timedOut: Self { Self(rawValue: ETIMEDOUT) }
    public static var outOfRange: Self { Self(rawValue: ERANGE) }
    public static var busy: Self { Self(rawValue: EBUSY) }
}

extension ErrorNumber: CustomStringConvertible {
    /// Words and name, such as "No such device (ENODEV)".
    public var description: String {
        // SAFETY: both return null or a constant string that lives as long as the program.
        guard let words = unsafe strerrordesc_np(rawValue), let name = unsafe strerrorname_np(rawValue) else {
            return "error \(rawValue)"
        }
        // SAFETY: constant, zero-terminated strings, just checked for null.
        return unsafe "\(String(cString: words)) (\(String(cString: name)))"
    }
}
