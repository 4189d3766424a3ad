import Addresses
import Testing

@testable import FastDHCP

@Suite("interface identity")
struct InterfaceIdentityTests {
    @Test("a missing interface is an error with its name and the remedy")
    func missing() {
        #expect(throws: InterfaceError.missing("no-such-bridge")) {
            try InterfaceIdentity(named: "no-such-bridge")
        }
        #expect(InterfaceError.missing("cni0").description.contains("cni0 does not exist: create the bridge"))
    }

    @Test("a name that no interface can have is an error", arguments: ["", "sixteen-bytes-xx"])
    func invalidName(_ name: String) {
        #expect(throws: InterfaceError.invalidName(name)) { try InterfaceIdentity(named: name) }
    }

    @Test("the loopback interface is not Ethernet")
    func notEthernet() {
        #expect(throws: InterfaceError.notEthernet("lo")) { try InterfaceIdentity(named: "lo") }
    }

    @Test("an MTU is large enough exactly when the shortest reply has room")
    func smallestMTU() {
        #expect(InterfaceIdentity.smallestMTU + 14 == ReplyWriter.smallestFrameByteCapacity)
    }

    @Test(
        "a bridge is known by index, address and MTU",
        .enabled(if: LiveNetwork.isAvailable, "\(LiveNetwork.obstacle ?? "")"))
    func bridge() throws {
        try LiveNetwork.inside {
            let bridge = try InterfaceIdentity(named: "br0")
            #expect(bridge.address == TestFrame.bridgeAddress)
            #expect(bridge.index > 0)
            #expect(bridge.mtu == 1500)
        }
    }
}
