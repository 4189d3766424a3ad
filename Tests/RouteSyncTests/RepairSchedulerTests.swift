import Netlink
import Testing

@testable import RouteSync

@Suite("Scheduling repairs")
struct RepairSchedulerTests {
    private var scheduler = RepairScheduler(interfaceName: "cni0", pool: RoutePool((1...100).map(address)))
    private let start = ContinuousClock.now
    private let bridge = LinkMessage(index: FakeHost.interfaceIndex, flags: .up, name: "cni0")

    init() { _ = scheduler.setInterface(bridge, at: start) }

    private func removal(_ number: UInt32, by port: UInt32 = 99) -> RouteNetlinkNotification {
        .removed(.route(hostRoute(number, .dhcp)), byPort: port)
    }

    private func slot(_ number: UInt32) -> Int { Int(number) - 1 }

    private func dirtySlots(_ numbers: UInt32..., by port: UInt32) -> DirtySlots {
        var dirtySlots = DirtySlots()
        for number in numbers { dirtySlots.insert(slot(number), byPort: port) }
        return dirtySlots
    }

    @Test("a removed route is restored 100 ms after the last notification")
    mutating func restore() {
        #expect(scheduler.observe(removal(7), at: start) == nil)
        #expect(scheduler.next(at: start) == .wait(until: start + .milliseconds(100)))
        _ = scheduler.observe(removal(8), at: start + .milliseconds(60))
        #expect(scheduler.next(at: start + .milliseconds(100)) == .wait(until: start + .milliseconds(160)))
        let expected = dirtySlots(7, 8, by: 99)
        #expect(scheduler.next(at: start + .milliseconds(160)) == .restore(expected))
        #expect(scheduler.next(at: start + .milliseconds(160)) == .wait(until: nil))
    }

    @Test("notifications that keep arriving delay a repair by at most 500 ms")
    mutating func patience() {
        for step in 0..<60 { _ = scheduler.observe(removal(7), at: start + .milliseconds(10 * step)) }
        #expect(scheduler.next(at: start + .milliseconds(499)) == .wait(until: start + .milliseconds(500)))
        #expect(
            scheduler.next(at: start + .milliseconds(500))
                == .restore(dirtySlots(7, by: 99)))
    }

    @Test("a changed neighbour is restored, and a change by the kernel is blamed on no process")
    mutating func neighbours() {
        let neighbour = NeighbourMessage(
            kind: .ipv4, interfaceIndex: FakeHost.interfaceIndex, state: .reachable, address: address(5))
        _ = scheduler.observe(.changed(.neighbour(neighbour), byPort: 0), at: start)
        #expect(scheduler.next(at: start + .seconds(1)) == .restore(dirtySlots(5, by: 0)))
        _ = scheduler.observe(.changed(.neighbour(neighbour), byPort: 5), at: start)
        #expect(
            scheduler.next(at: start + .seconds(1)) == .restore(dirtySlots(5, by: 5)))
    }

    @Test("a notification that a neighbour is gone is ignored, because our own removals cause it too")
    mutating func removedNeighbour() {
        let neighbour = NeighbourMessage(
            kind: .ipv4, interfaceIndex: FakeHost.interfaceIndex, state: .failed, address: address(5))
        _ = scheduler.observe(.removed(.neighbour(neighbour), byPort: 0), at: start)
        #expect(scheduler.next(at: start + .seconds(1)) == .wait(until: nil))
    }

    @Test("a bridge whose MAC changes, or whose ARP is switched off, has lost its neighbours and is reconciled")
    mutating func forgetfulBridge() {
        var changed = bridge
        changed.macAddress = macAddress(9)
        #expect(scheduler.observe(.changed(.link(changed), byPort: 1), at: start) == nil)
        #expect(scheduler.next(at: start + .seconds(1)) == .reconcile(DirtySlots()))
        changed.flags.insert(.noARP)
        #expect(scheduler.observe(.changed(.link(changed), byPort: 1), at: start) == nil)
        #expect(scheduler.next(at: start + .seconds(1)) == .reconcile(DirtySlots()))
        changed.mtu = 9000
        #expect(scheduler.observe(.changed(.link(changed), byPort: 1), at: start) == nil)
        #expect(scheduler.next(at: start + .seconds(1)) == .wait(until: nil))
    }

    @Test("a bridge is also reconciled if its new MAC is seen before the notification arrives")
    mutating func forgetfulBridgeSeen() {
        var changed = bridge
        changed.macAddress = macAddress(9)
        #expect(scheduler.setInterface(changed, at: start) == nil)
        #expect(scheduler.observe(.changed(.link(changed), byPort: 1), at: start) == nil)
        #expect(scheduler.next(at: start + .seconds(1)) == .reconcile(DirtySlots()))
    }

    @Test("notifications about anything that is not ours are ignored")
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
        for notification in notifications { #expect(scheduler.observe(notification, at: start) == nil) }
        #expect(scheduler.next(at: start + .seconds(1)) == .wait(until: nil))
    }

    @Test("a link that goes down and up again is reconciled, and what was lost in between counts as no fight")
    mutating func flap() {
        var down = bridge
        down.flags = []
        _ = scheduler.observe(removal(7), at: start)
        #expect(scheduler.observe(.changed(.link(down), byPort: 1), at: start) == .wentDown)
        #expect(scheduler.observe(.changed(.link(down), byPort: 1), at: start) == nil)
        _ = scheduler.observe(removal(8), at: start)
        #expect(scheduler.next(at: start + .seconds(1)) == .wait(until: nil))
        #expect(scheduler.observe(.changed(.link(bridge), byPort: 1), at: start) == .cameUp)
        #expect(scheduler.observe(.changed(.link(bridge), byPort: 1), at: start) == nil)
        #expect(scheduler.next(at: start + .seconds(1)) == .reconcile(DirtySlots()))
    }

    @Test("a bridge that is made anew is reconciled when it is up")
    mutating func newBridge() {
        #expect(scheduler.observe(.removed(.link(bridge), byPort: 1), at: start) == .vanished)
        var fresh = bridge
        fresh.index = 12
        fresh.flags = []
        #expect(scheduler.observe(.changed(.link(fresh), byPort: 1), at: start) == .wentDown)
        fresh.flags = .up
        #expect(scheduler.observe(.changed(.link(fresh), byPort: 1), at: start) == .cameUp)
        #expect(scheduler.next(at: start + .seconds(1)) == .reconcile(DirtySlots()))
    }

    @Test("a bridge that is renamed has vanished")
    mutating func renamed() {
        var renamed = bridge
        renamed.name = "cni1"
        #expect(scheduler.observe(.changed(.link(renamed), byPort: 1), at: start) == .vanished)
    }

    @Test("lost notifications, a lost address and a request each cause a reconciliation")
    mutating func reasons() {
        let lostAddress = AddressMessage(
            interfaceIndex: FakeHost.interfaceIndex, address: address(1), prefixLength: 24)
        for notification in [RouteNetlinkNotification.lost, .removed(.address(lostAddress), byPort: 1)] {
            _ = scheduler.observe(notification, at: start)
            #expect(scheduler.next(at: start + .seconds(1)) == .reconcile(DirtySlots()))
        }
        scheduler.requestReconciliation(at: start)
        #expect(scheduler.next(at: start + .seconds(1)) == .reconcile(DirtySlots()))
    }

    @Test("a failure is followed by a retry after half a second, then after twice as long each time, up to 10 s")
    mutating func failures() {
        var now = start
        for milliseconds in [500, 1000, 2000, 4000, 8000, 10_000, 10_000] {
            scheduler.recordFailure(at: now)
            #expect(scheduler.next(at: now) == .wait(until: now + .milliseconds(milliseconds)))
            now += .milliseconds(milliseconds)
            #expect(scheduler.next(at: now) == .reconcile(DirtySlots()))
        }
        scheduler.recordSuccess()
        scheduler.recordFailure(at: now)
        #expect(scheduler.next(at: now) == .wait(until: now + .milliseconds(500)))
        // A new notification does not wait for the retry.
        _ = scheduler.observe(.lost, at: now)
        #expect(scheduler.next(at: now + .milliseconds(100)) == .reconcile(DirtySlots()))
    }

    /// Lets a process remove a route and the keeper restore it, three times.
    /// - Returns: when the third fight was over.
    private mutating func fight(over number: UInt32) -> ContinuousClock.Instant {
        for second in 0..<3 {
            let now = start + .seconds(20 * second)
            _ = scheduler.observe(removal(number), at: now)
            #expect(scheduler.next(at: now + .seconds(1)) == .restore(dirtySlots(number, by: 99)))
            let leftAlone = scheduler.recordRepairs(over: [slot(number)], at: now + .seconds(1))
            #expect(leftAlone == (second == 2 ? [slot(number)] : []))
        }
        return start + .seconds(41)
    }

    @Test("after three fights over an address in a minute, it is left alone for a minute and then restored")
    mutating func backOff() {
        let now = fight(over: 7)
        _ = scheduler.observe(removal(7), at: now)
        #expect(scheduler.next(at: now + .seconds(59)) == .wait(until: now + .seconds(60)))
        #expect(scheduler.next(at: now + .seconds(60)) == .restore(dirtySlots(7, by: 0)))
        #expect(scheduler.next(at: now + .seconds(60)) == .wait(until: nil))
        _ = scheduler.observe(removal(7), at: now + .seconds(61))
        #expect(scheduler.next(at: now + .seconds(62)) == .restore(dirtySlots(7, by: 99)))
    }

    @Test("while an address is left alone, other addresses are still restored")
    mutating func otherAddresses() {
        let now = fight(over: 7)
        _ = scheduler.observe(removal(7), at: now)
        _ = scheduler.observe(removal(8), at: now)
        #expect(scheduler.next(at: now + .milliseconds(100)) == .restore(dirtySlots(8, by: 99)))
        #expect(scheduler.next(at: now + .milliseconds(100)) == .wait(until: now + .seconds(60)))
    }

    @Test("lost notifications and requests cause a reconciliation even while an address is left alone")
    mutating func reasonsDuringBackOff() {
        let now = fight(over: 7)
        _ = scheduler.observe(.lost, at: now)
        #expect(scheduler.next(at: now + .milliseconds(100)) == .reconcile(DirtySlots()))
        scheduler.requestReconciliation(at: now + .seconds(1))
        #expect(scheduler.next(at: now + .milliseconds(1100)) == .reconcile(DirtySlots()))
        // The reconciliation does not end the truce.
        _ = scheduler.observe(removal(7), at: now + .seconds(2))
        #expect(scheduler.next(at: now + .seconds(3)) == .wait(until: now + .seconds(60)))
    }

    @Test("a bridge that goes down and up, or is made anew, is reconciled at once, and fights are counted anew")
    mutating func linkDuringBackOff() {
        var other = bridge
        other.index = 12
        var now = fight(over: 7)
        for link in [bridge, other] {
            var down = link
            down.flags = []
            _ = scheduler.observe(.changed(.link(down), byPort: 1), at: now)
            #expect(scheduler.observe(.changed(.link(link), byPort: 1), at: now) == .cameUp)
            #expect(scheduler.next(at: now + .milliseconds(100)) == .reconcile(DirtySlots()))
            #expect(scheduler.next(at: now + .milliseconds(100)) == .wait(until: nil))
            now += .seconds(1)
        }
        #expect(scheduler.recordRepairs(over: [slot(7)], at: now) == [])
    }
}
