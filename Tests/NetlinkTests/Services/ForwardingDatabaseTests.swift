import Addresses
import Netlink
import NetlinkTestSupport
import Testing

@Suite(
    "Forwarding database, live",
    .enabled(if: LiveKernel.isAvailable, Comment(rawValue: LiveKernel.requirement)))
final class ForwardingDatabaseTests {
    private let laboratory: Laboratory

    init() throws { laboratory = try Laboratory() }

    @Test("entries are added to a port, listed by port and by bridge, and deleted")
    func entries() throws {
        var links = try laboratory.inside { try Links() }
        let bridge = laboratory.bridge
        let port = try links.createVethPair("veth1", peer: VethPeer(name: "eth1"), master: bridge, isUp: true)
        let other = try links.createVethPair(
            "veth2", peer: VethPeer(name: "eth2"), master: bridge, isUp: true)
        var forwarding = try laboratory.inside { try ForwardingDatabase() }
        let macAddress = MACAddress(2, 0, 0, 0, 0, 7)

        try forwarding.add(macAddress, port: port)
        let text = try laboratory.namespace.run("bridge fdb show br cni0")
        #expect(text.contains("02:00:00:00:00:07 dev veth1 master cni0 static"))
        let entry = try #require(try forwarding.list(ofBridge: bridge).first { $0.macAddress == macAddress })
        #expect(entry.interfaceIndex == port.index)
        #expect(entry.masterIndex == bridge.index)
        #expect(try forwarding.list(onPort: port).contains { $0.macAddress == macAddress })
        #expect(try !forwarding.list(onPort: other).contains { $0.macAddress == macAddress })
        #expect(try forwarding.list().contains { $0.macAddress == macAddress })

        try forwarding.delete(macAddress, port: port)
        #expect(try !forwarding.list(ofBridge: bridge).contains { $0.macAddress == macAddress })
    }
}
