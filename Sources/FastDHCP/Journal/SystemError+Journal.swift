import LinuxSystem
import SystemPackage

extension SystemError {
    /// A file whose contents differ from what was written.
    static var damagedFile: SystemError { SystemError(operation: "verify", code: .ioError) }

    /// The state directory is gone, or another file system is mounted over it.
    static var missingDirectory: SystemError { SystemError(operation: "stat", code: .staleNFSFileHandle) }

    /// Another process holds the lock of a file.
    static var lockedByAnother: SystemError { SystemError(operation: "flock", code: .wouldBlock) }
}
