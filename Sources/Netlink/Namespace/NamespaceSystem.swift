internal import CLinuxSystem
internal import LinuxSystem
internal import SystemPackage

/// The system calls for network namespaces. A thread that enters a namespace does so for itself alone.
enum NamespaceSystem {
    private static let folder = "/run/netns"
    private static let ownNetwork = "/proc/thread-self/ns/net"

    /// Moves the calling thread into a new namespace.
    static func unshareNetwork() throws(SystemError) {
        try SystemCall.unshare(CLinuxSystem_CLONE_NEWNET)
    }

    /// Moves the calling thread into the namespace of `descriptor`.
    static func enterNetwork(_ descriptor: Int32) throws(SystemError) {
        try SystemCall.setns(descriptor, CLinuxSystem_CLONE_NEWNET)
    }

    static func openOwnNetwork() throws(SystemError) -> OwnedDescriptor {
        try SystemCall.open(ownNetwork, .readOnly)
    }

    static func open(named name: String) throws(SystemError) -> OwnedDescriptor {
        try SystemCall.open(path(of: name), .readOnly)
    }

    /// Keeps the calling thread's namespace alive under `name`, by mounting it on a file of that name.
    static func keepNetwork(as name: String) throws(SystemError) {
        let path = try path(of: name)
        try prepareFolder()
        _ = try SystemCall.open(path, .readOnly, [.create, .exclusiveCreate], permissions: [])
        do {
            try SystemCall.bindMount(ownNetwork, on: path)
        } catch {
            _ = try? SystemCall.unlink(path)
            throw error
        }
    }

    /// Removes the name of a namespace.
    static func forgetNetwork(named name: String) throws(SystemError) {
        let path = try path(of: name)
        do {
            try SystemCall.unmount(path)
        } catch {
            // A file without a mount is left over from a crash. It is removed too.
            guard error.code == .invalidArgument else { throw error }
        }
        try SystemCall.unlink(path)
    }

    /// Makes the folder a shared mount, as `ip netns` does, so that names appear and disappear in all mount namespaces.
    private static func prepareFolder() throws(SystemError) {
        do {
            try SystemCall.mkdir(folder, mode: 0o755)
        } catch {
            guard error.code == .fileExists else { throw error }
        }
        do {
            try SystemCall.shareMount(folder)
        } catch {
            guard error.code == .invalidArgument else { throw error }
            try SystemCall.bindMount(folder, on: folder)
            try SystemCall.shareMount(folder)
        }
    }

    private static func path(of name: String) throws(SystemError) -> String {
        guard !name.isEmpty, name != ".", name != "..",
            !name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") })
        else { throw SystemError(operation: "open", code: .invalidArgument) }
        return "\(folder)/\(name)"
    }
}
