import Netlink
import Testing

@testable import RouteSync

@Suite("Keeping watch")
struct VigilTests {
    private var vigil = Vigil(interfaceName: "cni0", pool: RoutePool((1...100).map(address)))
    private let start = ContinuousClock.now
    private let bridge = LinkMessage(index: FakeHost.interfaceIndex, flags: .up, name: "cni0")

    init() { _ = vigil.setInterface(bridge, at: start) }

    private func removal(_ number: UInt32, by port: UInt32 = 99) -> RouteNetlinkNotification {
        .removed(.route(hostRoute(number, .dhcp)), byPort: port)
    }

    private func slots(_ numbers: UInt32...) -> Set<Int> { Set(numbers.map { Int($0) - 1 }) }

    @Test("a removed route is put back once it has been quiet for a moment")
    mutating func restore() {
        #expect(vigil.note(removal(7), at: start) == nil)
        #expect(vigil.next(at: start) == .wait(until: start + .milliseconds(100)))
        _ = vigil.note(removal(8), at: start + .milliseconds(60))
        #expect(vigil.next(at: start + .milliseconds(100)) == .wait(until: start + .milliseconds(160)))
        let expected = Suspects(slots: slots(7, 8), opponentPort: 99)
        #expect(vigil.next(at: start + .milliseconds(160)) == .restore(expected))
        #expect(vigil.next(at: start + .milliseconds(160)) == .wait(until: nil))
    }

    @Test("who never falls silent is not waited for")
    mutating func patience() {
        for step in 0..<60 { _ = vigil.note(removal(7), at: start + .milliseconds(10 * step)) }
        #expect(vigil.next(at: start + .milliseconds(499)) == .wait(until: start + .milliseconds(500)))
        #expect(
            vigil.next(at: start + .milliseconds(500))
                == .restore(Suspects(slots: slots(7), opponentPort: 99)))
    }

    @Test("a neighbour that changes is put back, and the kernel itself is nobody's opponent")
    mutating func neighbours() {
        let neighbour = NeighbourMessage(
            kind: .ipv4, interfaceIndex: FakeHost.interfaceIndex, state: .reachable, address: address(5))
        _ = vigil.note(.changed(.neighbour(neighbour), byPort: 0), at: start)
        #expect(vigil.next(at: start + .seconds(1)) == .restore(Suspects(slots: slots(5))))
        _ = vigil.note(.changed(.neighbour(neighbour), byPort: 5), at: start)
        #expect(
            vigil.next(at: start + .seconds(1)) == .restore(Suspects(slots: slots(5), opponentPort: 5)))
    }

    @Test("the kernel's word that a neighbour is gone is no news: it is said of our own removals too")
    mutating func removedNeighbour() {
        let neighbour = NeighbourMessage(
            kind: .ipv4, interfaceIndex: FakeHost.interfaceIndex, state: .failed, address: address(5))
        _ = vigil.note(.removed(.neighbour(neighbour), byPort: 0), at: start)
        #expect(vigil.next(at: start + .seconds(1)) == .wait(until: nil))
    }

    @Test("a bridge that takes another MAC, or does without ARP for a while, has forgotten its neighbours")
    mutating func forgetfulBridge() {
        var changed = bridge
        changed.macAddress = macAddress(9)
        #expect(vigil.note(.changed(.link(changed), byPort: 1), at: start) == nil)
        #expect(vigil.next(at: start + .seconds(1)) == .reconcile(opponentPort: nil))
        changed.flags.insert(.noARP)
        #expect(vigil.note(.changed(.link(changed), byPort: 1), at: start) == nil)
        #expect(vigil.next(at: start + .seconds(1)) == .reconcile(opponentPort: nil))
        changed.mtu = 9000
        #expect(vigil.note(.changed(.link(changed), byPort: 1), at: start) == nil)
        #expect(vigil.next(at: start + .seconds(1)) == .wait(until: nil))
    }

    @Test("a bridge whose new MAC is seen before it is heard of has forgotten its neighbours too")
    mutating func forgetfulBridgeSeen() {
        var changed = bridge
        changed.macAddress = macAddress(9)
        #expect(vigil.setInterface(changed, at: start) == nil)
        #expect(vigil.note(.changed(.link(changed), byPort: 1), at: start) == nil)
        #expect(vigil.next(at: start + .seconds(1)) == .reconcile(opponentPort: nil))
    }

    @Test("what is none of ours is not acted on")
    mutating func unrelated() {
        var other = hostRoute(7, .dhcp)
        other.table = .local
        var withMetric = hostRoute(7, .dhcp)
        withMetric.priority = 100
        let elsewhere = NeighbourMessage(kind: .ipv4, interfaceIndex: 3, address: address(5))
        let otherAddress = AddressMessage(interfaceIndex: 3, address: address(1), prefixLength: 24)
        let notifications: [RouteNetlinkNotification] = [
            removal(101), .removed(.route(other), byPort: 1), .removed(.route(withMetric), byPort: 1),
            .removed(.neighbour(elsewhere), byPort: 1),
            .changed(.link(LinkMessage(index: 3, name: "eth0")), byPort: 1),
            .removed(.link(LinkMessage(index: 3, name: "eth0")), byPort: 1),
            .removed(.address(otherAddress), byPort: 1),
        ]
        for notification in notifications { #expect(vigil.note(notification, at: start) == nil) }
        #expect(vigil.next(at: start + .seconds(1)) == .wait(until: nil))
    }

    @Test("a link that goes down and up again is reconciled, and what was lost in between is no fight")
    mutating func flap() {
        var down = bridge
        down.flags = []
        _ = vigil.note(removal(7), at: start)
        #expect(vigil.note(.changed(.link(down), byPort: 1), at: start) == .wentDown)
        #expect(vigil.note(.changed(.link(down), byPort: 1), at: start) == nil)
        _ = vigil.note(removal(8), at: start)
        #expect(vigil.next(at: start + .seconds(1)) == .wait(until: nil))
        #expect(vigil.note(.changed(.link(bridge), byPort: 1), at: start) == .cameUp)
        #expect(vigil.note(.changed(.link(bridge), byPort: 1), at: start) == nil)
        #expect(vigil.next(at: start + .seconds(1)) == .reconcile(opponentPort: nil))
    }

    @Test("a bridge that is made anew is reconciled when it is up")
    mutating func newBridge() {
        #expect(vigil.note(.removed(.link(bridge), byPort: 1), at: start) == .vanished)
        var fresh = bridge
        fresh.index = 12
        fresh.flags = []
        #expect(vigil.note(.changed(.link(fresh), byPort: 1), at: start) == .wentDown)
        fresh.flags = .up
        #expect(vigil.note(.changed(.link(fresh), byPort: 1), at: start) == .cameUp)
        #expect(vigil.next(at: start + .seconds(1)) == .reconcile(opponentPort: nil))
    }

    @Test("a bridge that takes another name has vanished")
    mutating func renamed() {
        var renamed = bridge
        renamed.name = "cni1"
        #expect(vigil.note(.changed(.link(renamed), byPort: 1), at: start) == .vanished)
    }

    @Test("lost notifications, a lost address and a request are reasons to look at everything")
    mutating func reasons() {
        let lostAddress = AddressMessage(
            interfaceIndex: FakeHost.interfaceIndex, address: address(1), prefixLength: 24)
        for notification in [RouteNetlinkNotification.lost, .removed(.address(lostAddress), byPort: 1)] {
            _ = vigil.note(notification, at: start)
            #expect(vigil.next(at: start + .seconds(1)) == .reconcile(opponentPort: nil))
        }
        vigil.requestReconciliation(at: start)
        #expect(vigil.next(at: start + .seconds(1)) == .reconcile(opponentPort: nil))
        vigil.noteFailure(at: start)
        #expect(vigil.next(at: start) == .wait(until: start + .seconds(1)))
        #expect(vigil.next(at: start + .seconds(1)) == .reconcile(opponentPort: nil))
    }

    @Test("after three fights in a minute the field is left for a minute, and then taken back")
    mutating func backOff() {
        #expect(vigil.noteFight(at: start) == false)
        #expect(vigil.noteFight(at: start + .milliseconds(900)) == false)
        #expect(vigil.noteFight(at: start + .seconds(20)) == false)
        #expect(vigil.noteFight(at: start + .seconds(59)) == true)
        _ = vigil.note(removal(7), at: start + .seconds(60))
        #expect(vigil.next(at: start + .seconds(70)) == .wait(until: start + .seconds(119)))
        #expect(vigil.next(at: start + .seconds(119)) == .reconcile(opponentPort: nil))
        #expect(vigil.noteFight(at: start + .seconds(120)) == false)
    }

    @Test("fights that are far apart are none")
    mutating func rareFights() {
        for minute in 0..<10 { #expect(vigil.noteFight(at: start + .seconds(31 * minute)) == false) }
    }
}
