import Addresses
import Netlink
import NetlinkTestSupport
import SystemPackage
import Testing

@Suite("Neighbours, live", .enabled(if: LiveKernel.isAvailable, Comment(rawValue: LiveKernel.requirement)))
final class NeighboursTests {
    private let laboratory: Laboratory

    init() throws { laboratory = try Laboratory() }

    @Test("a neighbour is pinned, goes stale, is pinned to another MAC, and is deleted")
    func lifeCycle() throws {
        var neighbours = try laboratory.inside { try Neighbours() }
        let bridge = laboratory.bridge
        let address = Laboratory.address(7)
        let macAddress = MACAddress(2, 0, 0, 0, 0, 7)
        func shown() throws -> String { try laboratory.namespace.run("ip neigh show 10.0.0.7 dev cni0") }

        try neighbours.setPermanent(address, macAddress, on: bridge, routeProtocol: .dhcp)
        #expect(try shown().contains("lladdr 02:00:00:00:00:07 PERMANENT proto dhcp"))
        let listed = try #require(try neighbours.list(on: bridge).first { $0.address == address })
        #expect(listed.macAddress == macAddress)
        #expect(listed.state == .permanent)
        #expect(listed.routeProtocol == .dhcp)

        try neighbours.set(address, macAddress, .stale, on: bridge)
        #expect(try shown().contains("lladdr 02:00:00:00:00:07 STALE proto dhcp"))
        try neighbours.setPermanent(address, MACAddress(2, 0, 0, 0, 0, 8), on: bridge)
        #expect(try shown().contains("lladdr 02:00:00:00:00:08 PERMANENT"))
        try neighbours.delete(address, on: bridge)
        #expect(try shown().isEmpty)
        do throws(NetlinkError) {
            try neighbours.delete(address, on: bridge)
            Issue.record("the neighbour was deleted twice")
        } catch {
            #expect(error.number == .noSuchFileOrDirectory)
        }
    }

    @Test("a dump of one link leaves out the neighbours of others")
    func filter() throws {
        var neighbours = try laboratory.inside { try Neighbours() }
        var links = try laboratory.inside { try Links() }
        let other = try links.createBridge("cni1")
        try links.setUp(other)
        try neighbours.setPermanent(
            Laboratory.address(7), MACAddress(2, 0, 0, 0, 0, 7), on: laboratory.bridge)
        try neighbours.setPermanent(Laboratory.address(8), MACAddress(2, 0, 0, 0, 0, 8), on: other)
        let onOther = try neighbours.list(on: other).filter { $0.state == .permanent }
        #expect(onOther.map(\.address) == [Laboratory.address(8)])
        #expect(try neighbours.list().filter { $0.state == .permanent }.count == 2)
    }
}
