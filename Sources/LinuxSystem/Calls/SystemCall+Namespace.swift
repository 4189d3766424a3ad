import CLinuxSystem
import Glibc

// MARK: Namespaces and mounts

extension SystemCall {
    /// Moves the calling thread into new namespaces. If the process has only this thread, that moves the process.
    /// - Parameter namespaces: the sum of `CLONE_` flags.
    package static func unshare(_ namespaces: Int) throws(SystemError) {
        try check("unshare") { CLinuxSystem_unshare(Int32(namespaces)) }
    }

    /// Moves the calling thread into the namespace that `descriptor` refers to.
    /// - Parameter namespace: the `CLONE_` flag of the namespace's kind.
    package static func setns(_ descriptor: Int32, _ namespace: Int) throws(SystemError) {
        try check("setns") { CLinuxSystem_setns(descriptor, Int32(namespace)) }
    }

    /// Bind-mounts `source` on `target`.
    package static func bindMount(_ source: String, on target: String) throws(SystemError) {
        // SAFETY: the kernel reads both paths, and only during the call; a bind mount takes no data.
        try check("mount") { unsafe mount(source, target, "none", UInt(MS_BIND), nil) }
    }

    /// Propagates mounts below `target` to other mount namespaces.
    package static func shareMount(_ target: String) throws(SystemError) {
        // SAFETY: the kernel reads the path, and only during the call; a change of propagation takes no data.
        try check("mount") { unsafe mount("", target, "none", UInt(MS_SHARED | MS_REC), nil) }
    }

    /// Stops propagation of mounts below `target`, both to other mount namespaces and from them.
    package static func makeMountsPrivate(_ target: String) throws(SystemError) {
        // SAFETY: as above.
        try check("mount") { unsafe mount("none", target, nil, UInt(MS_REC | MS_PRIVATE), nil) }
    }

    /// Mounts an empty file system in memory (tmpfs) at `target`.
    package static func mountMemory(_ target: String, options: String) throws(SystemError) {
        // SAFETY: the kernel reads the strings with their final zeros, and only during the call.
        try check("mount") {
            unsafe options.withCString { unsafe mount("tmpfs", target, "tmpfs", UInt(MS_NOSUID | MS_NODEV), $0) }
        }
    }

    /// Detaches a mount at once. The kernel frees it when it is no longer in use.
    package static func unmount(_ target: String) throws(SystemError) {
        // SAFETY: the kernel reads the path, and only during the call.
        try check("umount2") { unsafe umount2(target, Int32(MNT_DETACH)) }
    }
}
