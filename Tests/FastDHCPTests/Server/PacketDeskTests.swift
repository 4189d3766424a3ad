import Addresses
import Testing

@testable import FastDHCP

@Suite("The packet desk")
struct PacketDeskTests {
    private static let bridge = MACAddress(6, 0, 0, 0, 0, 0xFE)
    private static let gateway = IPv4Address(10, 0, 0, 1)

    private let commits: CommitQueue
    private let counters = WorkerCounters()

    init() throws { commits = try CommitQueue() }

    private func makeDesk() throws -> PacketDesk {
        let pool = (0..<3 * CommitQueue.capacity).map { IPv4Address(rawValue: 0x0A00_0100 + UInt32($0)) }
        let configuration = EngineConfiguration(
            serverAddress: Self.gateway, subnet: IPv4Network(containing: Self.gateway, prefixLength: 16),
            leaseSeconds: 600, options: try ConfiguredOptions([]))
        let engine = Engine(
            worker: 0, of: 1, table: LeaseTable(pool: pool), configuration: configuration, hashKey: 1,
            now: BootTime(milliseconds: 1000))
        return PacketDesk(engine: engine, commits: commits, counters: counters, observers: [try WakeUp()])
    }

    /// A DISCOVER that is committed at once.
    private func serve(_ client: Int, at desk: inout PacketDesk) {
        var request = Request(.discover, chaddr: MACAddress(rawValue: 0x0200_0000_0000 + UInt64(client)), xid: 1)
        request.hasRapidCommit = true
        var memory = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
        var frame = memory.mutableSpan
        let count = RequestWriter.write(request, options: Span(), into: &frame)
        let received = ReceivedFrame(
            bytes: memory.span.extracting(0..<count), udpChecksum: .unknown, interfaceIndex: 1)
        desk.serve(received, interface: Self.bridge, now: BootTime(milliseconds: 2000))
    }

    @Test("a burst beyond what the committer can take is counted and left to ask again")
    func burst() throws {
        var desk = try makeDesk()
        for client in 0..<CommitQueue.capacity + 10 { serve(client, at: &desk) }
        // One place is left over: a request may need two.
        #expect(commits.pending.count == CommitQueue.capacity - Engine.changesPerRequest + 1)
        #expect(counters.silenced(.committerBusy) == 11)
    }

    @Test("outcomes may come before the committer gives their places back")
    func outcomesFirst() throws {
        var desk = try makeDesk()
        for client in 0..<CommitQueue.capacity { serve(client, at: &desk) }
        let decided = commits.pending.count
        for index in 0..<decided {
            commits.completions.append(Completion(change: commits.pending[index].change, isDurable: true))
        }
        desk.takeCompletions(now: BootTime(milliseconds: 2001))
        #expect(desk.engine.changesInFlight == 0)
        for client in 0..<20 { serve(CommitQueue.capacity + client, at: &desk) }
        #expect(counters.silenced(.committerBusy) == 21)
        commits.pending.removeFirst(decided)
        for client in 0..<20 { serve(CommitQueue.capacity + client, at: &desk) }
        #expect(commits.pending.count == 20)
    }
}
