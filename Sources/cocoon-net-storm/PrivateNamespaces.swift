import CLinuxSystem
import Glibc
import LinuxSystem
import Synchronization
import SystemPackage

/// Namespaces of this process's own: what it does to the network and to mounts is seen by its children alone.
///
/// Everything goes with the last of its processes. Root makes them directly; anybody else gets a user
/// namespace first, where the kernel allows that, and is root in it.
enum PrivateNamespaces {
    private static let hasUserNamespace = Mutex(false)

    /// The options by which nsenter(1) gets into it.
    static var nsenterOptions: String {
        hasUserNamespace.withLock { $0 } ? "--preserve-credentials -U -n -m" : "-n -m"
    }

    /// Enters new namespaces, or ends the program with what to do about it. To be called before there is a
    /// second thread.
    static func enterOrExit() {
        do {
            try enter()
        } catch {
            CocoonNetStorm.fail([
                "cannot make a sandbox, \(error.failure); run this as root, or allow user namespaces: "
                    + "sysctl kernel.unprivileged_userns_clone=1 (Debian), "
                    + "kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), user.max_user_namespaces=10000"
            ])
        }
    }

    private static func enter() throws(SystemError) {
        let user = getuid(), group = getgid()
        // Root in a container may lack the right, and then is a user like any other.
        if user != 0 || (try? SystemCall.unshare(CLinuxSystem_CLONE_NEWNET | CLinuxSystem_CLONE_NEWNS)) == nil {
            try SystemCall.unshare(CLinuxSystem_CLONE_NEWUSER | CLinuxSystem_CLONE_NEWNET | CLinuxSystem_CLONE_NEWNS)
            hasUserNamespace.withLock { $0 = true }
            try write("deny", to: "/proc/self/setgroups")
            try write("0 \(user) 1", to: "/proc/self/uid_map")
            try write("0 \(group) 1", to: "/proc/self/gid_map")
        }
        try at("/") { (path) throws(SystemError) in try SystemCall.makeMountsPrivate(path) }
        // iptables keeps its lock there, and `ip netns` its names.
        try at("/run") { (path) throws(SystemError) in try SystemCall.mountMemory(path, options: "mode=0755") }
    }

    private static func write(_ text: String, to path: String) throws(SystemError) {
        try at(path) { (path) throws(SystemError) in
            let file = try SystemCall.open(path, .writeOnly)
            try SystemCall.writeAll(file.rawValue, Array(text.utf8))
        }
    }

    /// Has an error say which file it is about.
    private static func at(_ path: String, _ call: (String) throws(SystemError) -> Void) throws(SystemError) {
        do { try call(path) } catch { throw error.on(path) }
    }
}
