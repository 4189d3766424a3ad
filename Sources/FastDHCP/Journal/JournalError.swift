public import Addresses
import Glibc
public import LinuxSystem
import SystemPackage

/// Why a journal cannot be used. The file is unchanged.
public enum JournalError: Error, Equatable, Sendable {
    /// Another process holds the file's lock.
    case inUse(path: String)
    /// The path exists but is not a regular file.
    case notAFile(path: String)
    /// The file is not a journal.
    case notAJournal(path: String)
    case newerVersion(UInt32, path: String)
    case otherPool(IPv4Network, expected: IPv4Network, path: String)
    case system(SystemError, path: String)
}

extension JournalError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .inUse(let path):
            "\(path): another process has it open and locked; stop that daemon first, or use another --state-dir"
        case .notAFile(let path):
            "\(path): is not a file; move it away, or use another --state-dir"
        case .notAJournal(let path):
            "\(path): is not a lease journal; move it away to start from leases.json instead"
        case .newerVersion(let version, let path):
            "\(path): has format \(version), but this program supports only \(JournalHeader.version); run the newer cocoon-net, "
                + "or move the file away to start from leases.json instead"
        case .otherPool(let network, let expected, let path):
            "\(path): holds leases of \(network), but the pool's subnet is \(expected); put the pool.json of \(network) back, "
                + "or move the file away to start without these leases"
        case .system(let error, let path):
            "\(path): \(error.operation): \(error.reason); \(Self.remedy(error.code))"
        }
    }

    private static func remedy(_ code: Errno) -> String {
        switch code {
        case .noSpace, .diskQuotaExceeded: "make room on its file system: a lease is granted only once it is written"
        case .readOnlyFileSystem: "mount its file system read-write, or use another --state-dir"
        case .permissionDenied, .notPermitted: "run as root, or give the daemon's user access to the state directory"
        case .ioError: "the disk is failing; check the kernel's log, and use another --state-dir on a healthy disk"
        case .noSuchFileOrDirectory: "make the state directory, or use another --state-dir"
        default: "check the state directory, or use another --state-dir"
        }
    }
}
