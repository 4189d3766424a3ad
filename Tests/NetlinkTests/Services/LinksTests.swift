import Addresses
import Netlink
import NetlinkTestSupport
import SystemPackage
import Testing

@Suite("Links, live", .enabled(if: LiveKernel.isAvailable, Comment(rawValue: LiveKernel.requirement)))
final class LinksTests {
    let namespace: NetworkNamespace

    init() throws { namespace = try NetworkNamespace.create() }

    @Test("a bridge gets the MAC that it is given, and is found by name, index and MAC")
    func bridge() throws {
        var links = try namespace.perform { () throws(NetlinkError) in try Links() }
        let macAddress = MACAddress(2, 0, 0, 0, 0, 1)
        let bridge = try links.createBridge("cni0", macAddress: macAddress)
        #expect(bridge.name == "cni0")
        #expect(bridge.kind == .bridge)
        #expect(bridge.macAddress == macAddress)
        #expect(!bridge.isUp)
        #expect(try links.find(named: "cni0") == bridge)
        #expect(try links.find(index: bridge.index) == bridge)
        #expect(try links.find(macAddress: macAddress) == bridge)
        #expect(try links.find(named: "cni1") == nil)
        #expect(try namespace.run("ip -d link show cni0").contains("link/ether 02:00:00:00:00:01"))
    }

    @Test("a veth pair has one end in another namespace, and the other is a bridge port with its settings")
    func vethPair() throws {
        let VM = try NetworkNamespace.create()
        var links = try namespace.perform { () throws(NetlinkError) in try Links() }
        let bridge = try links.createBridge("cni0")
        let peer = VethPeer(
            name: "eth0", macAddress: MACAddress(2, 0, 0, 0, 0, 9), namespaceDescriptor: VM.fileDescriptor)
        let port = try links.createVethPair("veth1", peer: peer, master: bridge, isUp: true)
        #expect(port.masterIndex == bridge.index)
        #expect(port.isUp)
        #expect(port.kind == .veth)
        try links.setBridgePort(
            port,
            BridgePort(isIsolated: true, isLearning: false, floodsBroadcast: false, floodsUnknown: false))
        let settings = try #require(try links.find(index: port.index)?.bridgePort)
        #expect(settings.isIsolated == true)
        #expect(settings.isLearning == false)
        #expect(settings.floodsBroadcast == false)
        #expect(settings.floodsUnknown == false)
        #expect(settings.isHairpin == false)
        #expect(try links.list(portsOf: bridge).map(\.name) == ["veth1"])

        var clientLinks = try VM.perform { () throws(NetlinkError) in try Links() }
        let end = try clientLinks.get(named: "eth0")
        #expect(end.macAddress == MACAddress(2, 0, 0, 0, 0, 9))
        #expect(end.peerIndex == port.index)
        let text = try namespace.run("bridge -d link show dev veth1")
        #expect(text.contains("learning off flood off"))
        #expect(text.contains("bcast_flood off"))
        #expect(text.contains("isolated on"))
    }

    @Test("a link is changed and removed")
    func change() throws {
        var links = try namespace.perform { () throws(NetlinkError) in try Links() }
        let bridge = try links.createBridge("cni0")
        var port = try links.createVethPair("veth1", peer: VethPeer(name: "veth2"))
        try links.setUp(port)
        try links.setMTU(port, 1400)
        try links.setMACAddress(port, MACAddress(2, 0, 0, 0, 0, 7))
        try links.setMaster(port, bridge)
        port = try links.get(named: "veth1")
        #expect(port.isUp)
        #expect(port.mtu == 1400)
        #expect(port.macAddress == MACAddress(2, 0, 0, 0, 0, 7))
        #expect(port.masterIndex == bridge.index)
        try links.setDown(port)
        try links.setMaster(port, nil)
        port = try links.get(named: "veth1")
        #expect(!port.isUp)
        #expect(port.masterIndex == nil)
        try links.delete(port)
        #expect(try links.find(named: "veth1") == nil)
        #expect(try links.find(named: "veth2") == nil)
    }

    @Test("a link moves to another namespace")
    func move() throws {
        let VM = try NetworkNamespace.create()
        var links = try namespace.perform { () throws(NetlinkError) in try Links() }
        let port = try links.createVethPair("veth1", peer: VethPeer(name: "veth2"))
        try links.move(port, toNamespace: VM.fileDescriptor)
        #expect(try links.find(named: "veth1") == nil)
        #expect(try VM.run("ip link show veth1").contains("veth1@"))
    }

    @Test("deleting a group removes its links and their other ends, and no other link")
    func group() throws {
        let VM = try NetworkNamespace.create()
        var links = try namespace.perform { () throws(NetlinkError) in try Links() }
        _ = try links.createVethPair("other", peer: VethPeer(name: "outer"))
        for number in 0..<3 {
            let peer = VethPeer(name: "eth\(number)", namespaceDescriptor: VM.fileDescriptor, group: 7)
            _ = try links.createVethPair("veth\(number)", peer: peer)
        }
        var clientLinks = try VM.perform { () throws(NetlinkError) in try Links() }
        let ends = try clientLinks.list().filter { $0.group == 7 }
        #expect(ends.map(\.name) == ["eth0", "eth1", "eth2"])
        try clientLinks.delete(group: 7)
        #expect(try clientLinks.list().map(\.name) == ["lo"])
        #expect(try Set(links.list().map(\.name)) == ["lo", "other", "outer"])
    }

    @Test("an impossible request is refused, and the error names the object and the kernel's reason")
    func errors() throws {
        var links = try namespace.perform { () throws(NetlinkError) in try Links() }
        let bridge = try links.createBridge("cni0")
        let exists = #expect(throws: NetlinkError.self) { _ = try links.createBridge("cni0") }
        #expect(exists?.description.hasPrefix("cannot create bridge cni0: File exists (EEXIST)") == true)
        let missing = #expect(throws: NetlinkError.self) { _ = try links.get(named: "eth7") }
        #expect(missing?.description.contains("find interface eth7: No such device (ENODEV)") == true)
        let tooSmall = #expect(throws: NetlinkError.self) { try links.setMTU(bridge, 8) }
        #expect(tooSmall?.kernelText == "mtu less than device minimum")
        let ownMaster = #expect(throws: NetlinkError.self) { try links.setMaster(bridge, bridge) }
        #expect(ownMaster?.kernelText?.isEmpty == false)
        let tooLong = #expect(throws: NetlinkError.self) { _ = try links.createBridge("a-very-long-name") }
        #expect(tooLong?.number == .outOfRange)
    }
}
