import CNetlink
import Glibc
import Synchronization

/// Namespaces of this process's own: what it does to the network and to mounts is seen by its children alone.
///
/// Everything goes with the last of its processes. Root makes them directly; anybody else gets a user
/// namespace first, where the kernel allows that, and is root in it.
enum Sandbox {
    // CLONE_NEWNS, CLONE_NEWUSER and CLONE_NEWNET of unshare(2), which glibc declares for _GNU_SOURCE only.
    private static let newMounts: Int32 = 0x0002_0000
    private static let newUser: Int32 = 0x1000_0000
    private static let newNetwork: Int32 = 0x4000_0000

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
            CocoonNetStorm.fail([error.description])
        }
    }

    private static func enter() throws(SandboxError) {
        let user = getuid(), group = getgid()
        // Root in a container may lack the right, and then is a user like any other.
        if user != 0 || unshare(newNetwork | newMounts) != 0 {
            guard unshare(newUser | newNetwork | newMounts) == 0 else { throw SandboxError("unshare") }
            hasUserNamespace.withLock { $0 = true }
            try write("deny", to: "/proc/self/setgroups")
            try write("0 \(user) 1", to: "/proc/self/uid_map")
            try write("0 \(group) 1", to: "/proc/self/gid_map")
        }
        // SAFETY: here and below, paths are passed as zero-terminated copies, and the mounts take no other
        // data than such a string.
        guard unsafe mount("none", "/", nil, UInt(MS_REC | MS_PRIVATE), nil) == 0 else { throw SandboxError("mount /") }
        // iptables keeps its lock there, and `ip netns` its names.
        let isMounted = unsafe "mode=0755".withCString { options in
            unsafe mount("tmpfs", "/run", "tmpfs", UInt(MS_NOSUID | MS_NODEV), options) == 0
        }
        guard isMounted else { throw SandboxError("mount /run") }
    }

    private static func write(_ text: String, to path: String) throws(SandboxError) {
        // SAFETY: the path is passed as a zero-terminated copy; the text's bytes live until the call returns.
        let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SandboxError("open \(path)") }
        defer { close(descriptor) }
        let count = unsafe text.utf8CString.withUnsafeBytes {
            unsafe Glibc.write(descriptor, $0.baseAddress, text.utf8.count)
        }
        guard count == text.utf8.count else { throw SandboxError("write \(path)") }
    }
}

/// A system call that the sandbox needs and that failed.
struct SandboxError: Error, CustomStringConvertible {
    let call: String
    let code: Int32

    init(_ call: String, code: Int32 = errno) {
        self.call = call
        self.code = code
    }

    var description: String {
        // SAFETY: strerror always answers a text that ends in a zero byte, and it is copied at once.
        let reason = unsafe String(cString: strerror(code))
        return "cannot make a sandbox, \(call): \(reason); run this as root, or allow user namespaces: "
            + "sysctl kernel.unprivileged_userns_clone=1 (Debian), kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), "
            + "user.max_user_namespaces=10000"
    }
}
