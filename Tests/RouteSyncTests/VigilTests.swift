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

    private func slot(_ number: UInt32) -> Int { Int(number) - 1 }

    private func suspects(_ numbers: UInt32..., by port: UInt32) -> Suspects {
        var suspects = Suspects()
        for number in numbers { suspects.insert(slot(number), byPort: port) }
        return suspects
    }

    @Test("a removed route is put back once it has been quiet for a moment")
    mutating func restore() {
        #expect(vigil.note(removal(7), at: start) == nil)
        #expect(vigil.next(at: start) == .wait(until: start + .milliseconds(100)))
        _ = vigil.note(removal(8), at: start + .milliseconds(60))
        #expect(vigil.next(at: start + .milliseconds(100)) == .wait(until: start + .milliseconds(160)))
        let expected = suspects(7, 8, by: 99)
        #expect(vigil.next(at: start + .milliseconds(160)) == .restore(expected))
        #expect(vigil.next(at: start + .milliseconds(160)) == .wait(until: nil))
    }

    @Test("who never falls silent is not waited for")
    mutating func patience() {
        for step in 0..<60 { _ = vigil.note(removal(7), at: start + .milliseconds(10 * step)) }
        #expect(vigil.next(at: start + .milliseconds(499)) == .wait(until: start + .milliseconds(500)))
        #expect(
            vigil.next(at: start + .milliseconds(500))
                == .restore(suspects(7, by: 99)))
    }

    @Test("a neighbour that changes is put back, and the kernel itself is nobody's opponent")
    mutating func neighbours() {
        let neighbour = NeighbourMessage(
            kind: .ipv4, interfaceIndex: FakeHost.interfaceIndex, state: .reachable, address: address(5))
        _ = vigil.note(.changed(.neighbour(neighbour), byPort: 0), at: start)
        #expect(vigil.next(at: start + .seconds(1)) == .restore(suspects(5, by: 0)))
        _ = vigil.note(.changed(.neighbour(neighbour), byPort: 5), at: start)
        #expect(
            vigil.next(at: start + .seconds(1)) == .restore(suspects(5, by: 5)))
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
        #expect(vigil.next(at: start + .seconds(1)) == .reconcile(Suspects()))
        changed.flags.insert(.noARP)
        #expect(vigil.note(.changed(.link(changed), byPort: 1), at: start) == nil)
        #expect(vigil.next(at: start + .seconds(1)) == .reconcile(Suspects()))
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
        #expect(vigil.next(at: start + .seconds(1)) == .reconcile(Suspects()))
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
        #expect(vigil.next(at: start + .seconds(1)) == .reconcile(Suspects()))
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
        #expect(vigil.next(at: start + .seconds(1)) == .reconcile(Suspects()))
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
            #expect(vigil.next(at: start + .seconds(1)) == .reconcile(Suspects()))
        }
        vigil.requestReconciliation(at: start)
        #expect(vigil.next(at: start + .seconds(1)) == .reconcile(Suspects()))
    }

    @Test("what failed is tried again after half a second, then after twice as long each time, up to ten seconds")
    mutating func failures() {
        var now = start
        for milliseconds in [500, 1000, 2000, 4000, 8000, 10_000, 10_000] {
            vigil.noteFailure(at: now)
            #expect(vigil.next(at: now) == .wait(until: now + .milliseconds(milliseconds)))
            now += .milliseconds(milliseconds)
            #expect(vigil.next(at: now) == .reconcile(Suspects()))
        }
        vigil.noteSuccess()
        vigil.noteFailure(at: now)
        #expect(vigil.next(at: now) == .wait(until: now + .milliseconds(500)))
        // What is heard meanwhile does not wait.
        _ = vigil.note(.lost, at: now)
        #expect(vigil.next(at: now + .milliseconds(100)) == .reconcile(Suspects()))
    }

    /// Lets a process remove a route and the keeper restore it, three times.
    /// - Returns: when the third fight was over.
    private mutating func fight(over number: UInt32) -> ContinuousClock.Instant {
        for second in 0..<3 {
            let now = start + .seconds(20 * second)
            _ = vigil.note(removal(number), at: now)
            #expect(vigil.next(at: now + .seconds(1)) == .restore(suspects(number, by: 99)))
            let leftAlone = vigil.noteFights(over: [slot(number)], at: now + .seconds(1))
            #expect(leftAlone == (second == 2 ? [slot(number)] : []))
        }
        return start + .seconds(41)
    }

    @Test("after three fights in a minute over one address it is left alone for a minute, and then restored")
    mutating func backOff() {
        let now = fight(over: 7)
        _ = vigil.note(removal(7), at: now)
        #expect(vigil.next(at: now + .seconds(59)) == .wait(until: now + .seconds(60)))
        #expect(vigil.next(at: now + .seconds(60)) == .restore(suspects(7, by: 0)))
        #expect(vigil.next(at: now + .seconds(60)) == .wait(until: nil))
        _ = vigil.note(removal(7), at: now + .seconds(61))
        #expect(vigil.next(at: now + .seconds(62)) == .restore(suspects(7, by: 99)))
    }

    @Test("an address that is left alone keeps no other from being restored")
    mutating func otherAddresses() {
        let now = fight(over: 7)
        _ = vigil.note(removal(7), at: now)
        _ = vigil.note(removal(8), at: now)
        #expect(vigil.next(at: now + .milliseconds(100)) == .restore(suspects(8, by: 99)))
        #expect(vigil.next(at: now + .milliseconds(100)) == .wait(until: now + .seconds(60)))
    }

    @Test("lost notifications and requests are reasons to look at everything, whatever is left alone")
    mutating func reasonsDuringBackOff() {
        let now = fight(over: 7)
        _ = vigil.note(.lost, at: now)
        #expect(vigil.next(at: now + .milliseconds(100)) == .reconcile(Suspects()))
        vigil.requestReconciliation(at: now + .seconds(1))
        #expect(vigil.next(at: now + .milliseconds(1100)) == .reconcile(Suspects()))
        // The opponent gets no new fight out of it.
        _ = vigil.note(removal(7), at: now + .seconds(2))
        #expect(vigil.next(at: now + .seconds(3)) == .wait(until: now + .seconds(60)))
    }

    @Test("a bridge that goes down and up, or is made anew, is reconciled at once, and fights begin afresh")
    mutating func linkDuringBackOff() {
        var other = bridge
        other.index = 12
        var now = fight(over: 7)
        for link in [bridge, other] {
            var down = link
            down.flags = []
            _ = vigil.note(.changed(.link(down), byPort: 1), at: now)
            #expect(vigil.note(.changed(.link(link), byPort: 1), at: now) == .cameUp)
            #expect(vigil.next(at: now + .milliseconds(100)) == .reconcile(Suspects()))
            #expect(vigil.next(at: now + .milliseconds(100)) == .wait(until: nil))
            now += .seconds(1)
        }
        #expect(vigil.noteFights(over: [slot(7)], at: now) == [])
    }
}
