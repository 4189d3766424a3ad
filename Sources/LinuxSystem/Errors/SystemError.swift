public import SystemPackage

/// A failed system call: which call, the kernel's reason, and what the call was for.
///
/// Its description is a sentence for the operator. It ends with what to do, if that is known.
public struct SystemError: Error, Hashable, Sendable {
    /// The call under its kernel name, such as `bind`.
    public let operation: String
    /// The kernel's reason, such as `.addressInUse`.
    public let code: Errno
    public let subject: Subject

    /// What a call was for.
    public enum Subject: Hashable, Sendable {
        /// A purpose, such as `receive ring on cni0`. It may be empty.
        case purpose(String)
        /// The path of the file that the call was for.
        case file(String)
    }

    public init(operation: String, code: Errno, context: String = "") {
        self.operation = operation
        self.code = code
        subject = .purpose(context)
    }

    public init(operation: String, code: Errno, path: String) {
        self.operation = operation
        self.code = code
        subject = .file(path)
    }

    /// The same failure with `context` as its purpose.
    package func during(_ context: String) -> SystemError {
        SystemError(operation: operation, code: code, context: context)
    }

    /// The same failure with the file at `path` as its subject.
    package func on(_ path: String) -> SystemError { SystemError(operation: operation, code: code, path: path) }
}

extension SystemError: CustomStringConvertible {
    public var description: String { remedy.map { "\(failure); \($0)" } ?? failure }

    /// What failed and why, without the remedy.
    package var failure: String {
        switch subject {
        case .purpose(""): "\(operation): \(reason)"
        case .purpose(let context): "\(context): \(operation): \(reason)"
        case .file(let path): "\(operation) \(path): \(reason)"
        }
    }

    /// The kernel's reason in words, such as "Permission denied".
    package var reason: String { code.description }

    /// The path of the file that the call was for. Nil when it was for something else.
    package var path: String? {
        if case .file(let path) = subject { path } else { nil }
    }

    /// What the operator can do, if the reason has one usual cause.
    package var remedy: String? {
        switch subject {
        case .purpose: Self.remedy(code)
        case .file: fileRemedy
        }
    }

    private static func remedy(_ code: Errno) -> String? {
        switch code {
        case .notPermitted, .permissionDenied:
            "run as root, or with the capabilities CAP_NET_RAW, CAP_NET_ADMIN and CAP_NET_BIND_SERVICE"
        case .operationNotSupportedByDevice, .noSuchAddressOrDevice:
            "the interface does not exist; create the bridge first, or name another interface"
        case .networkDown: "the interface is down; bring it up"
        case .noMemory, .noBufferSpace: "the kernel has no memory for this; use a smaller ring"
        case .tooManyOpenFiles: "this process has too many open files; raise its limit (LimitNOFILE= in the unit)"
        case .tooManyOpenFilesInSystem: "the system has too many open files; raise fs.file-max"
        case .addressFamilyNotSupported: "this kernel has no packet sockets; load the module af_packet"
        case .protocolNotAvailable: "this kernel is too old"
        default: nil
        }
    }

    /// What the operator can do about a file.
    package var fileRemedy: String {
        switch code {
        case .permissionDenied, .notPermitted: "run it as root, with CAP_DAC_OVERRIDE"
        case .noSpace, .diskQuotaExceeded: "free some space there"
        case .readOnlyFileSystem: "that file system is read-only: name a directory on another one"
        case .noSuchFileOrDirectory: "check the path"
        case .notDirectory: "a part of that path is not a directory: name another path"
        default: "check that file"
        }
    }
}
