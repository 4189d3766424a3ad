import Glibc

/// A system call that failed: which one, the kernel's reason, and what it was for.
///
/// Its description is a sentence for the operator and ends with what to do, where that is known.
public struct SystemError: Error, Equatable, Sendable {
    /// The call under its kernel name, such as `bind`.
    public let operation: String
    /// errno, such as EADDRINUSE.
    public let code: Int32
    /// What the call was for, such as `receive ring on cni0`; may be empty.
    public let context: String

    public init(operation: String, code: Int32, context: String = "") {
        self.operation = operation
        self.code = code
        self.context = context
    }

    /// A file that does not read as it was written.
    static var damagedFile: SystemError { SystemError(operation: "verify", code: EIO) }

    /// The state directory is gone, or another file system is mounted over it.
    static var missingDirectory: SystemError { SystemError(operation: "stat", code: ESTALE) }

    /// Another process holds the lock of a file.
    static var lockedByAnother: SystemError { SystemError(operation: "flock", code: EWOULDBLOCK) }

    /// The same failure, said of `context`.
    func during(_ context: String) -> SystemError {
        SystemError(operation: operation, code: code, context: context)
    }
}

extension SystemError: CustomStringConvertible {
    public var description: String {
        let subject = context.isEmpty ? operation : "\(context): \(operation)"
        guard let remedy else { return "\(subject): \(reason)" }
        return "\(subject): \(reason); \(remedy)"
    }

    /// The kernel's reason in words.
    var reason: String {
        // SAFETY: strerror returns a string that lives at least until this thread's next call; it is copied
        // at once.
        unsafe String(cString: strerror(code))
    }

    /// What the operator can do about it, where the reason has one usual cause.
    var remedy: String? {
        switch code {
        case EPERM, EACCES:
            "run as root, or with the capabilities CAP_NET_RAW, CAP_NET_ADMIN and CAP_NET_BIND_SERVICE"
        case ENODEV, ENXIO: "the interface does not exist; create the bridge first, or name another interface"
        case ENETDOWN: "the interface is down; set it up"
        case ENOMEM, ENOBUFS: "the kernel has no memory for this; use a smaller ring"
        case EMFILE: "this process has too many open files; raise its limit (LimitNOFILE= in the unit)"
        case ENFILE: "the system has too many open files; raise fs.file-max"
        case EAFNOSUPPORT: "this kernel has no packet sockets; load the module af_packet"
        case ENOPROTOOPT: "this kernel is too old"
        default: nil
        }
    }
}
