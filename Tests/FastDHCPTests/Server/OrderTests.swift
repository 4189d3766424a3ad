import Addresses
import LinuxSystem
import Synchronization
import Testing

@testable import FastDHCP

@Suite("Orders of the control socket at the packet handler")
struct OrderTests {
    private static let bridge = MACAddress(6, 0, 0, 0, 0, 0xFE)
    private static let gateway = IPv4Address(10, 0, 0, 1)

    private let commits: CommitQueue
    private let counters = WorkerCounters()
    private let control: ControlQueue
    private let answers = Answers()
    private let start = BootTime.now()

    init() throws {
        commits = try CommitQueue()
        control = ControlQueue(worker: commits.worker)
    }

    /// The outcomes that control was told, in order.
    private final class Answers: Sendable {
        let released = Mutex<[ReleaseOutcome]>([])
        let leased = Mutex<[LeaseOutcome]>([])
    }

    private func makeHandler() throws -> PacketWorker.Handler {
        let configuration = EngineConfiguration(
            serverAddress: Self.gateway, subnet: IPv4Network(containing: Self.gateway, prefixLength: 24),
            leaseSeconds: 600, options: try ConfiguredOptions([]))
        let engine = Engine(
            worker: 0, of: 1, table: LeaseTable(pool: pool(of: 4)), configuration: configuration, hashKey: 1, now: start
        )
        return PacketHandler(
            engine: engine, commits: commits, outlet: WorkerOutlet(replies: DetachableReplies(), counters: counters))
    }

    private func send(
        _ type: MessageType, at handler: inout PacketWorker.Handler, xid: UInt32 = 1,
        _ edit: (inout Request) -> Void = { _ in }
    ) {
        var request = Request(type, chaddr: mac(1), xid: xid)
        edit(&request)
        var memory = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
        var frame = memory.mutableSpan
        let count = RequestWriter.write(request, options: Span(), into: &frame)
        handler.serve(memory.span.extracting(0..<count), udpChecksum: .unknown, interface: Self.bridge, now: start)
    }

    /// Sends a DISCOVER with rapid commit.
    private func bind(at handler: inout PacketWorker.Handler, xid: UInt32 = 1) {
        send(.discover, at: &handler, xid: xid) { $0.hasRapidCommit = true }
    }

    /// Decides all pending changes, as the committer does.
    private func decide(_ handler: inout PacketWorker.Handler, isDurable: Bool = true, isRouted: Bool = true) {
        let count = commits.pending.count
        for index in 0..<count {
            commits.completions.append(
                Completion(change: commits.pending[index].change, isDurable: isDurable, isRouted: isRouted))
        }
        commits.pending.removeFirst(count)
        handler.takeCompletions(now: start)
    }

    private func takeOrders(_ handler: inout PacketWorker.Handler, now: BootTime) {
        while let order = control.takeFirst() { handler.take(order, now: now) }
    }

    private func orderRelease(_ handler: inout PacketWorker.Handler) {
        control.append(.release(mac(1)) { [answers] outcome in answers.released.withLock { $0.append(outcome) } })
        takeOrders(&handler, now: start)
    }

    private var released: [ReleaseOutcome] { answers.released.withLock { $0 } }

    private var kinds: [BindingChange.Kind] {
        (0..<commits.pending.count).map { commits.pending[$0].change.kind }
    }

    @Test("a DELETE waits for its client's change in flight, and goes before messages that the client sent meanwhile")
    func waits() throws {
        var handler = try makeHandler()
        bind(at: &handler)
        bind(at: &handler, xid: 2)
        orderRelease(&handler)
        bind(at: &handler, xid: 3)
        #expect(kinds == [.bind] && released.isEmpty)
        #expect(counters.silenced(.changeInFlight) == 1, "the second message gave way to the third")
        decide(&handler)
        #expect(kinds == [.release] && released.isEmpty)
        decide(&handler)
        #expect(released == [.released])
        #expect(kinds == [.bind], "now comes what the client sent")
    }

    @Test("two orders for one client are carried out in turn")
    func inTurn() throws {
        var handler = try makeHandler()
        bind(at: &handler)
        orderRelease(&handler)
        control.append(.lease(mac(1), nil) { [answers] outcome in answers.leased.withLock { $0.append(outcome) } })
        orderRelease(&handler)
        for kind in [BindingChange.Kind.bind, .release, .bind, .release] {
            #expect(kinds == [kind])
            decide(&handler)
        }
        #expect(released == [.released, .released])
        #expect(answers.leased.withLock { $0.count } == 1)
    }

    @Test("an order that cannot run within 3 s fails and changes nothing")
    func overdue() throws {
        var handler = try makeHandler()
        bind(at: &handler)
        orderRelease(&handler)
        #expect(handler.nextOrderDeadline.millisecondsSince(start) <= 3_100)
        handler.takeCompletions(now: start + 2_900)
        #expect(released.isEmpty)
        handler.takeCompletions(now: handler.nextOrderDeadline)
        #expect(released == [.changeInFlight])
        #expect(handler.nextOrderDeadline == .never)
        decide(&handler)
        #expect(kinds.isEmpty)
    }

    @Test("the time that an order has waited is taken off the time that the kernel gets to remove the route")
    func patience() throws {
        var handler = try makeHandler()
        bind(at: &handler)
        decide(&handler)
        control.append(.release(mac(1)) { _ in })
        takeOrders(&handler, now: start + 1_000)
        let patience = commits.pending[0].change.patienceMilliseconds
        #expect((1_900...2_100).contains(patience))
    }

    @Test(
        "an order is told the outcome of its change",
        arguments: [(true, true, ReleaseOutcome.released), (true, false, .routeRemains), (false, false, .refused)])
    func outcome(isDurable: Bool, isRouted: Bool, outcome: ReleaseOutcome) throws {
        var handler = try makeHandler()
        bind(at: &handler)
        decide(&handler)
        orderRelease(&handler)
        decide(&handler, isDurable: isDurable, isRouted: isRouted)
        #expect(released == [outcome])
    }
}
