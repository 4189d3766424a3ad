import CLinuxSystem
import Glibc
import LinuxSystem
import Synchronization
import SystemPackage

/// Namespaces of this process's own: only its children see what it does to the network and to mounts.
///
/// The namespaces end with the last process in them. Root creates them directly. Any other user first gets a user
/// namespace, if the kernel allows that, and is root in it.
enum PrivateNamespaces {
    private static let hasUserNamespace = Mutex(false)

    /// The options with which nsenter(1) enters the namespaces.
    static var nsenterOptions: String {
        hasUserNamespace.withLock { $0 } ? "--preserve-credentials -U -n -m" : "-n -m"
    }

    /// Enters new namespaces, or ends the program with an error that says what to do. Call this before there is a
    /// second thread.
    static func enterOrExit() {
        do {
            try enter()
        } catch {
            CocoonNetStorm.fail([
                "cannot create a sandbox: \(error.failure); run this as root, or allow user namespaces: "
                    + "sysctl kernel.unprivileged_userns_clone=1 (Debian), "
                    + "kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), user.max_user_namespaces=10000"
            ])
        }
    }

    private static func enter() throws(SystemError) {
        let user = getuid(), group = getgid()
        // Root in a container may lack the privilege, and is then treated like any other user.
        if user != 0 || (try? SystemCall.unshare(CLinuxSystem_CLONE_NEWNET | CLinuxSystem_CLONE_NEWNS)) == nil {
            try SystemCall.unshare(CLinuxSystem_CLONE_NEWUSER | CLinuxSystem_CLONE_NEWNET | CLinuxSystem_CLONE_NEWNS)
            hasUserNamespace.withLock { $0 = true }
            try write("deny", to: "/proc/self/setgroups")
            try write("0 \(user) 1", to: "/proc/self/uid_map")
            try write("0 \(group) 1", to: "/proc/self/gid_map")
        }
        try at("/") { (path) throws(SystemError) in try SystemCall.makeMountsPrivate(path) }
        // iptables keeps its lock in /run, and `ip netns` keeps its names there.
        try at("/run") { (path) throws(SystemError) in try SystemCall.mountMemory(path, options: "mode=0755") }
    }

    private static func write(_ text: String, to path: String) throws(SystemError) {
        try at(path) { (path) throws(SystemError) in
            let file = try SystemCall.open(path, .writeOnly)
            try SystemCall.writeAll(file.rawValue, Array(text.utf8))
        }
    }

    /// Adds `path` to an error of `call`.
    private static func at(_ path: String, _ call: (String) throws(SystemError) -> Void) throws(SystemError) {
        do { try call(path) } catch { throw error.on(path) }
    }
}
