import Glibc
import LinuxSystem
import SystemPackage

/// One kernel setting below /proc/sys, with the value that it should have.
package struct Sysctl: Hashable, Sendable {
    /// The path below /proc/sys.
    let subpath: String
    let value: String

    /// The kernel forwards packets between interfaces.
    static let forwarding = Sysctl(subpath: "net/ipv4/ip_forward", value: "1")

    /// The kernel takes packets on `interface` whose answers would leave by another one, as those of VMs do.
    static func reversePathFilterOff(_ interface: String) -> Sysctl {
        Sysctl(subpath: "net/ipv4/conf/\(interface)/rp_filter", value: "0")
    }

    /// The name as sysctl(8) has it.
    var name: String { subpath.replacing("/", with: ".") }

    private var path: String { "/proc/sys/" + subpath }

    /// The value now; nil where the kernel has no such setting, as for an interface that is not there yet.
    func read() throws(SystemError) -> String? {
        guard let bytes = try Files.read(path, limit: 4096) else { return nil }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    func write() throws(SystemError) {
        try OpenFile(path, .writeOnly).write(Array(value.utf8))
    }
}
