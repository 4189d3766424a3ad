import Addresses
import Synchronization
import Testing

@testable import FastDHCP

@Suite("Orders of the control socket at the packet desk")
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

    /// What control was told, in order.
    private final class Answers: Sendable {
        let released = Mutex<[ReleaseOutcome]>([])
        let leased = Mutex<[LeaseOutcome]>([])
    }

    private func makeDesk() throws -> PacketDesk {
        let configuration = EngineConfiguration(
            serverAddress: Self.gateway, subnet: IPv4Network(containing: Self.gateway, prefixLength: 24),
            leaseSeconds: 600, options: try ConfiguredOptions([]))
        let engine = Engine(
            worker: 0, of: 1, table: LeaseTable(pool: pool(of: 4)), configuration: configuration, hashKey: 1, now: start
        )
        return PacketDesk(engine: engine, commits: commits, counters: counters, observers: [])
    }

    private func send(
        _ type: MessageType, at desk: inout PacketDesk, xid: UInt32 = 1, _ edit: (inout Request) -> Void = { _ in }
    ) {
        var request = Request(type, chaddr: mac(1), xid: xid)
        edit(&request)
        var memory = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
        var frame = memory.mutableSpan
        let count = RequestWriter.write(request, options: Span(), into: &frame)
        let received = ReceivedFrame(
            bytes: memory.span.extracting(0..<count), udpChecksum: .unknown, interfaceIndex: 1)
        desk.serve(received, interface: Self.bridge, now: start)
    }

    /// A DISCOVER that is committed at once.
    private func bind(at desk: inout PacketDesk, xid: UInt32 = 1) {
        send(.discover, at: &desk, xid: xid) { $0.hasRapidCommit = true }
    }

    /// The committer decides what it has.
    private func decide(_ desk: inout PacketDesk, isDurable: Bool = true, isRouted: Bool = true) {
        let count = commits.pending.count
        for index in 0..<count {
            commits.completions.append(
                Completion(change: commits.pending[index].change, isDurable: isDurable, isRouted: isRouted))
        }
        commits.pending.removeFirst(count)
        desk.takeCompletions(now: start)
    }

    private func orderRelease(_ desk: inout PacketDesk) {
        control.append(.release(mac(1)) { [answers] outcome in answers.released.withLock { $0.append(outcome) } })
        desk.obey(control, now: start)
    }

    private var released: [ReleaseOutcome] { answers.released.withLock { $0 } }

    private var kinds: [BindingChange.Kind] {
        (0..<commits.pending.count).map { commits.pending[$0].change.kind }
    }

    @Test("a DELETE waits for its client's change in flight, and goes before what the client sent meanwhile")
    func waits() throws {
        var desk = try makeDesk()
        bind(at: &desk)
        bind(at: &desk, xid: 2)
        orderRelease(&desk)
        bind(at: &desk, xid: 3)
        #expect(kinds == [.bind] && released.isEmpty)
        #expect(counters.silenced(.changeInFlight) == 1, "the second message gave way to the third")
        decide(&desk)
        #expect(kinds == [.release] && released.isEmpty)
        decide(&desk)
        #expect(released == [.released])
        #expect(kinds == [.bind], "now comes what the client sent")
    }

    @Test("two orders for one client are carried out in turn")
    func inTurn() throws {
        var desk = try makeDesk()
        bind(at: &desk)
        orderRelease(&desk)
        control.append(.lease(mac(1), nil) { [answers] outcome in answers.leased.withLock { $0.append(outcome) } })
        orderRelease(&desk)
        for kind in [BindingChange.Kind.bind, .release, .bind, .release] {
            #expect(kinds == [kind])
            decide(&desk)
        }
        #expect(released == [.released, .released])
        #expect(answers.leased.withLock { $0.count } == 1)
    }

    @Test("an order whose turn does not come within 3 s has failed, and nothing has changed")
    func overdue() throws {
        var desk = try makeDesk()
        bind(at: &desk)
        orderRelease(&desk)
        #expect(desk.nextOrderDeadline.millisecondsSince(start) <= 3_100)
        desk.obey(control, now: start + 2_900)
        #expect(released.isEmpty)
        desk.obey(control, now: desk.nextOrderDeadline)
        #expect(released == [.changeInFlight])
        #expect(desk.nextOrderDeadline == .never)
        decide(&desk)
        #expect(kinds.isEmpty)
    }

    @Test("what an order has waited is taken off the time that the kernel has for it")
    func patience() throws {
        var desk = try makeDesk()
        bind(at: &desk)
        decide(&desk)
        control.append(.release(mac(1)) { _ in })
        desk.obey(control, now: start + 1_000)
        let patience = commits.pending[0].change.patienceMilliseconds
        #expect((1_900...2_100).contains(patience))
    }

    @Test(
        "it is told what became of the change",
        arguments: [(true, true, ReleaseOutcome.released), (true, false, .routeRemains), (false, false, .refused)])
    func outcome(isDurable: Bool, isRouted: Bool, outcome: ReleaseOutcome) throws {
        var desk = try makeDesk()
        bind(at: &desk)
        decide(&desk)
        orderRelease(&desk)
        decide(&desk, isDurable: isDurable, isRouted: isRouted)
        #expect(released == [outcome])
    }
}
