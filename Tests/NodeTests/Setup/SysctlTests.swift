import Testing

@testable import Node

@Suite("Sysctls")
struct SysctlTests {
    @Test("names are those of sysctl(8), and an interface name keeps its dots")
    func names() {
        #expect(Sysctl.forwarding.name == "net.ipv4.ip_forward")
        #expect(Sysctl.forwarding(of: "cni0").name == "net.ipv4.conf.cni0.forwarding")
        #expect(Sysctl.reversePathFilterOff("all").name == "net.ipv4.conf.all.rp_filter")
        #expect(Sysctl.reversePathFilterOff("eth1.100").name == "net.ipv4.conf.eth1.100.rp_filter")
    }

    @Test("the kernel's value is read without its newline; a missing setting reads as nil")
    func read() throws {
        #expect(["0", "1"].contains(try Sysctl.forwarding.read()))
        #expect(try Sysctl.reversePathFilterOff("no-such-nic").read() == nil)
    }
}
