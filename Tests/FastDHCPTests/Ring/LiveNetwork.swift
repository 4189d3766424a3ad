import CTestSupport
import Glibc
import LinuxSystem
import SystemPackage

@testable import FastDHCP

/// A network namespace that lives as long as one call: a bridge `br0` (02:00:00:00:00:01, 10.9.0.1/24) with a
/// port whose other end, `vm0`, plays the VMs.
enum LiveNetwork {
    /// Why no namespace can be made here, nil when one can.
    static let obstacle: String? = {
        do {
            try inside {}
            return nil
        } catch { return "no network namespaces here (\(error)): run as root" }
    }()

    /// Whether live tests run. Continuous integration must run them all, so there they fail rather than skip.
    static let isAvailable: Bool = {
        // SAFETY: the name is a literal, and the value is copied at once.
        let isContinuousIntegration = unsafe getenv("CI").map { unsafe String(cString: $0) } == "true"
        return isContinuousIntegration || obstacle == nil
    }()

    /// Moves this thread into a fresh network, runs `body` and moves it back. Threads and programs started by
    /// `body` belong to the network; it is gone when the last of them and of its sockets is.
    static func inside(_ body: () throws -> Void) throws {
        let home = OwnedDescriptor(
            try SystemCall.check("open") {
                // SAFETY: the path is a literal.
                unsafe open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
            })
        try SystemCall.check("unshare") { unshare(CInt(CTestSupport_CLONE_NEWNET)) }
        defer {
            let result = setns(home.rawValue, CInt(CTestSupport_CLONE_NEWNET))
            precondition(result == 0, "this thread is lost in a test's network")
        }
        try shell(topology)
        try body()
    }

    /// Runs a line of shell in this thread's network.
    static func shell(_ script: String) throws {
        let arguments = ["/bin/sh", "-ec", script]
        // SAFETY: the copies live until the child has been started, and are freed then.
        var pointers = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { unsafe pointers.forEach { unsafe free($0) } }
        var child = pid_t()
        let code = unsafe posix_spawn(&child, arguments[0], nil, nil, &pointers, environ)
        guard code == 0 else { throw SystemError(operation: "posix_spawn", code: Errno(rawValue: code)) }
        var status: Int32 = 0
        try SystemCall.check("waitpid") { unsafe waitpid(child, &status, 0) }
        guard status == 0 else { throw ShellError(script: script, status: status) }
    }

    struct ShellError: Error {
        let script: String
        let status: Int32
    }

    /// A bridge with br_netfilter would drop malformed packets before anyone sees them.
    private static let topology = """
        ip link set lo up
        ip link add br0 address 02:00:00:00:00:01 type bridge forward_delay 0 mcast_snooping 0
        if [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then
            echo 0 > /proc/sys/net/bridge/bridge-nf-call-iptables
        fi
        ip link add port0 type veth peer name vm0
        ip link set port0 master br0
        for link in br0 port0 vm0; do
            echo 1 > /proc/sys/net/ipv6/conf/$link/disable_ipv6 || true
            ip link set $link up
        done
        ip address add 10.9.0.1/24 dev br0
        """
}
