import Addresses
import Foundation
import TestSupport
import Testing

/// Tries the files of docs/examples. Two of them are tried elsewhere: RelayTests runs the command of dhcrelay.service,
/// and VirtualMachineTests boots its VM with qemu-on-bridge.
@Suite(.needsSandbox, .endsWhenHung)
struct ExampleTests {
    @Test("the daemon serves pool.json, with its options and its reservations")
    func pool() throws {
        let host = try TestHost()
        try host.sandbox.write(try ExampleFile.text("pool.json"), to: TestHost.poolFile)
        let daemon = try host.startDaemon()
        let machine = try host.machine()
        func lease(_ lastByte: UInt8) throws -> DHCPMessage {
            let client = try machine.client(MACAddress(0x52, 0x54, 0, 0x12, 0x34, lastByte))
            return try client.lease { $0[55] = [3, 6, 12, 15, 42, 51, 119, 121] }.ack.message
        }

        let first = try lease(0x56)
        #expect(first.yiaddr == IPv4Address(172, 20, 100, 9))
        #expect(first[12] == Array("db-1".utf8) && first[15] == Array("db.example.com".utf8))
        #expect(first.leaseSeconds == 43_200)
        #expect(first.addresses(6) == [IPv4Address(172, 20, 0, 53)])
        #expect(first.addresses(42) == [IPv4Address(172, 20, 0, 123)])
        #expect(first[121] == [8, 10, 172, 20, 100, 1, 0, 172, 20, 100, 1])
        #expect(first[119]?.starts(with: [2] + Array("vm".utf8) + [7] + Array("example".utf8)) == true)

        let second = try lease(0x57)
        #expect(second.yiaddr == IPv4Address(172, 20, 100, 8))
        #expect(second[12] == nil && second[15] == Array("vm.example.com".utf8))

        let other = try lease(0x58)
        #expect(other.yiaddr == IPv4Address(172, 20, 100, 2))
        #expect(daemon.process.isRunning)
    }

    @Test("libvirt takes libvirt-network.xml, and starts no DHCP server for it", .needs("virsh"))
    func libvirtNetwork() throws {
        let sandbox = try Sandbox("libvirt")
        // libvirt's test driver reads and checks a network as libvirtd does, but makes no interface.
        let file = ExampleFile.folder + "libvirt-network.xml"
        let network = try sandbox.run([
            "virsh", "-q", "-c", "test:///default",
            "net-define --validate \(file); net-start cocoon; net-dumpxml cocoon",
        ])
        for element in ["<forward mode='bridge'/>", "<bridge name='cni0'/>", "<port isolated='yes'/>"] {
            #expect(network.contains(element), "\(network)")
        }
        #expect(!network.contains("<ip"), "\(network)")
    }

    @Test("the index has every example")
    func index() throws {
        let index = try ExampleFile.text("README.md")
        for name in try FileManager.default.contentsOfDirectory(atPath: ExampleFile.folder) where name != "README.md" {
            #expect(index.contains("](\(name))"), "\(name)")
        }
    }
}
