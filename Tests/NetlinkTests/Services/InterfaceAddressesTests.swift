import Addresses
import Netlink
import NetlinkTestSupport
import SystemPackage
import Testing

@Suite(
    "Interface addresses, live",
    .enabled(if: LiveKernel.isAvailable, Comment(rawValue: LiveKernel.requirement)))
final class InterfaceAddressesTests {
    private let laboratory: Laboratory

    init() throws { laboratory = try Laboratory() }

    @Test("an address is added, listed, refused a second time, and removed")
    func address() throws {
        var addresses = try laboratory.inside { try InterfaceAddresses() }
        let bridge = laboratory.bridge
        let address = IPv4Address(192, 168, 7, 1)
        try addresses.add(address, prefixLength: 24, to: bridge)
        #expect(
            try laboratory.namespace.run("ip addr show dev cni0").contains(
                "inet 192.168.7.1/24 brd 192.168.7.255 scope global cni0"))
        let listed = try addresses.list(on: bridge)
        #expect(listed.map(\.address) == [IPv4Address(10, 0, 0, 1), address])
        #expect(listed.last?.prefixLength == 24)
        #expect(listed.last?.label == "cni0")
        #expect(try addresses.list() == listed)

        do throws(NetlinkError) {
            try addresses.add(address, prefixLength: 24, to: bridge)
            Issue.record("the address was added twice")
        } catch {
            #expect(error.number == .fileExists)
            #expect(error.description.hasPrefix("cannot add address 192.168.7.1/24 to interface cni0: "))
        }
        try addresses.remove(address, prefixLength: 24, from: bridge)
        #expect(try addresses.list(on: bridge).map(\.address) == [IPv4Address(10, 0, 0, 1)])
        do throws(NetlinkError) {
            try addresses.remove(address, prefixLength: 24, from: bridge)
            Issue.record("the address was removed twice")
        } catch {
            #expect(error.number == .addressNotAvailable)
        }
    }
}
