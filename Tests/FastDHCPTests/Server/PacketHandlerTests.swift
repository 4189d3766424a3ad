import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("The packet handler")
struct PacketHandlerTests {
    private static let bridge = MACAddress(6, 0, 0, 0, 0, 0xFE)
    private static let gateway = IPv4Address(10, 0, 0, 1)

    private let commits: CommitQueue
    private let counters = WorkerCounters()

    init() throws { commits = try CommitQueue() }

    private func makeHandler() throws -> PacketWorker.Handler {
        let pool = (0..<3 * Engine.changesInFlightLimit).map { IPv4Address(rawValue: 0x0A00_0100 + UInt32($0)) }
        let configuration = EngineConfiguration(
            serverAddress: Self.gateway, subnet: IPv4Network(containing: Self.gateway, prefixLength: 16),
            leaseSeconds: 600, options: try ConfiguredOptions([]))
        let engine = Engine(
            worker: 0, of: 1, table: LeaseTable(pool: pool), configuration: configuration, hashKey: 1,
            now: BootTime(milliseconds: 1000))
        return PacketHandler(
            engine: engine, commits: commits,
            outlet: WorkerOutlet(replies: DetachableReplies(), counters: counters, observers: [try WakeUp()]))
    }

    /// Serves a DISCOVER with rapid commit.
    private func serve(_ client: Int, at handler: inout PacketWorker.Handler) {
        var request = Request(.discover, chaddr: MACAddress(rawValue: 0x0200_0000_0000 + UInt64(client)), xid: 1)
        request.hasRapidCommit = true
        var memory = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
        var frame = memory.mutableSpan
        let count = RequestWriter.write(request, options: Span(), into: &frame)
        handler.serve(
            memory.span.extracting(0..<count), udpChecksum: .unknown, interface: Self.bridge,
            now: BootTime(milliseconds: 2000))
    }

    @Test("requests beyond the committer's room are counted and get no reply, so their clients ask again")
    func burst() throws {
        var handler = try makeHandler()
        for client in 0..<Engine.changesInFlightLimit + 10 { serve(client, at: &handler) }
        // One place is left over: a request may need two.
        #expect(commits.pending.count == Engine.changesInFlightLimit - Engine.changesPerRequest + 1)
        #expect(counters.silenced(.committerBusy) == 11)
    }

    @Test("outcomes may arrive before the committer frees their places in the queue")
    func outcomesFirst() throws {
        var handler = try makeHandler()
        for client in 0..<Engine.changesInFlightLimit { serve(client, at: &handler) }
        let decided = commits.pending.count
        for index in 0..<decided {
            commits.completions.append(Completion(change: commits.pending[index].change, isDurable: true))
        }
        handler.takeCompletions(now: BootTime(milliseconds: 2001))
        #expect(handler.engine.changesInFlight == 0)
        for client in 0..<20 { serve(Engine.changesInFlightLimit + client, at: &handler) }
        #expect(counters.silenced(.committerBusy) == 21)
        commits.pending.removeFirst(decided)
        for client in 0..<20 { serve(Engine.changesInFlightLimit + client, at: &handler) }
        #expect(commits.pending.count == 20)
    }
}
