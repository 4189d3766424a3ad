import Glibc
import LinuxSystem
import SystemPackage

/// One kernel setting below /proc/sys and the value that it should have.
package struct Sysctl: Hashable, Sendable {
    /// The path below /proc/sys.
    let subpath: String
    let value: String

    /// The kernel forwards packets between interfaces. A change of it changes the forwarding of every interface too.
    static let forwarding = Sysctl(subpath: "net/ipv4/ip_forward", value: "1")

    /// The kernel forwards packets that arrive on `interface`. The setting of `all` is `ip_forward` by another name.
    static func forwarding(of interface: String) -> Sysctl {
        Sysctl(subpath: "net/ipv4/conf/\(interface)/forwarding", value: "1")
    }

    /// Whether a change of `ip_forward` gives this setting its value.
    var followsForwarding: Bool { subpath.hasSuffix("/forwarding") }

    /// The kernel accepts packets on `interface` even if their answers leave through another interface, as those of VMs
    /// do.
    static func reversePathFilterOff(_ interface: String) -> Sysctl {
        Sysctl(subpath: "net/ipv4/conf/\(interface)/rp_filter", value: "0")
    }

    /// The name that sysctl(8) uses.
    var name: String { subpath.replacing("/", with: ".") }

    private var path: String { "/proc/sys/" + subpath }

    /// The current value; nil if the kernel has no such setting, for example for an interface that does not exist yet.
    func read() throws(SystemError) -> String? {
        guard let bytes = try Files.read(path, limit: 4096) else { return nil }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    func write() throws(SystemError) {
        try OpenFile(path, .writeOnly).write(Array(value.utf8))
    }
}
