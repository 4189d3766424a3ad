public import Addresses
import Glibc
public import LinuxSystem
import SystemPackage

/// Why a journal cannot be used. Its file is as it was.
public enum JournalError: Error, Equatable, Sendable {
    /// Another process holds its lock.
    case inUse(path: String)
    /// There is something of that name that is no file.
    case notAFile(path: String)
    /// The file holds something else.
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
            "\(path): is not a journal of leases; move it away, and leases.json is taken instead"
        case .newerVersion(let version, let path):
            "\(path): has format \(version), this program knows \(JournalHeader.version); run the newer cocoon-net, or move "
                + "the file away, and leases.json is taken instead"
        case .otherPool(let network, let expected, let path):
            "\(path): holds leases of \(network), and the pool's subnet is \(expected); put the pool.json of \(network) back, "
                + "or move the file away to start without these leases"
        case .system(let error, let path):
            "\(path): \(error.operation): \(error.reason); \(Self.remedy(error.code))"
        }
    }

    private static func remedy(_ code: Errno) -> String {
        switch code {
        case .noSpace, .diskQuotaExceeded: "make room on its file system: a lease that cannot be written is not granted"
        case .readOnlyFileSystem: "mount its file system read-write, or use another --state-dir"
        case .permissionDenied, .notPermitted: "run as root, or give the daemon's user the state directory"
        case .ioError: "the disk fails; look at the kernel's log, and use another --state-dir"
        case .noSuchFileOrDirectory: "make the state directory, or use another --state-dir"
        default: "see to the state directory, or use another --state-dir"
        }
    }
}
