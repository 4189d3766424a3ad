internal import CNetlink
internal import Glibc

/// The system calls behind network namespaces. All of them concern the calling thread alone.
enum NamespaceSystem {
    private static let folder = "/run/netns"
    private static let ownNetwork = "/proc/thread-self/ns/net"

    private static let networkFlag = CNETLINK_CLONE_NEWNET

    /// Moves the calling thread into a new namespace.
    static func unshareNetwork() throws(ErrorNumber) {
        guard unshare(networkFlag) == 0 else { throw .current }
    }

    /// Moves the calling thread into the namespace of `descriptor`.
    static func enterNetwork(_ descriptor: Int32) throws(ErrorNumber) {
        guard setns(descriptor, networkFlag) == 0 else { throw .current }
    }

    static func openOwnNetwork() throws(ErrorNumber) -> FileDescriptor {
        try System.open(ownNetwork, O_RDONLY)
    }

    static func open(named name: String) throws(ErrorNumber) -> FileDescriptor {
        try System.open(path(of: name), O_RDONLY)
    }

    /// Keeps the calling thread's namespace alive by mounting it on a file of that name.
    static func keepNetwork(as name: String) throws(ErrorNumber) {
        let path = try path(of: name)
        try prepareFolder()
        _ = try System.open(path, O_RDONLY | O_CREAT | O_EXCL, mode: 0)
        do {
            try System.bindMount(ownNetwork, on: path)
        } catch {
            // SAFETY: here and below, the path is passed as a zero-terminated copy.
            unsafe unlink(path)
            throw error
        }
    }

    /// Takes the name away.
    static func forgetNetwork(named name: String) throws(ErrorNumber) {
        let path = try path(of: name)
        // A file without a mount is left over from a crash: it goes all the same.
        // SAFETY: the kernel reads the paths and their final zeros, and only during the calls.
        if unsafe umount2(path, Int32(MNT_DETACH)) != 0, ErrorNumber.current != .invalid { throw .current }
        guard unsafe unlink(path) == 0 else { throw .current }
    }

    /// Makes the folder a shared mount, as `ip netns` does, so that names come and go in all mount namespaces
    /// alike.
    private static func prepareFolder() throws(ErrorNumber) {
        // SAFETY: the kernel reads the path and its final zero, and only during the call.
        if unsafe mkdir(folder, 0o755) != 0, ErrorNumber.current != .exists { throw .current }
        do {
            try System.shareMount(folder)
        } catch {
            guard error == .invalid else { throw error }
            try System.bindMount(folder, on: folder)
            try System.shareMount(folder)
        }
    }

    private static func path(of name: String) throws(ErrorNumber) -> String {
        guard !name.isEmpty, name != ".", name != "..",
            !name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") })
        else { throw .invalid }
        return "\(folder)/\(name)"
    }
}

extension System {
    /// Makes `source` appear at `target` as well.
    static func bindMount(_ source: String, on target: String) throws(ErrorNumber) {
        // SAFETY: both paths are passed as zero-terminated copies; a bind mount takes no data.
        guard unsafe mount(source, target, "none", UInt(MS_BIND), nil) == 0 else { throw .current }
    }

    /// Lets mounts below `target` spread to other mount namespaces.
    static func shareMount(_ target: String) throws(ErrorNumber) {
        let flags = UInt(MS_SHARED | MS_REC)
        // SAFETY: the path is passed as a zero-terminated copy; a change of propagation takes no data.
        guard unsafe mount("", target, "none", flags, nil) == 0 else { throw .current }
    }
}
