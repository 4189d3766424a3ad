import CAllocationCount
import FastDHCP
import Workload

/// A worker with its committer, and what its clients send, in an order that gives each client the address that its
/// messages name.
struct PacketPath<Journal: JournalSink & ~Copyable, Routes: RouteSink & ~Copyable>: ~Copyable {
    private var worker: MemoryWorker
    private var committer: Committer<Journal, Routes>
    private let discovers: Frames
    private let requests: Frames
    private let renewals: Frames
    private let clientCount: Int
    private var messageCount = 0

    /// - Parameters:
    ///   - table: has an address for each client.
    ///   - isCanary: whether each message allocates once, which whoever counts must see.
    init(table: LeaseTable, journal: consuming Journal, routes: consuming Routes, isCanary: Bool) throws {
        let worker = try MemoryWorker(table: table, isCanary: isCanary)
        committer = Committer(
            queues: [worker.queue], counters: CommitCounters(), table: table, journal: journal, routes: routes)
        discovers = Frames(.discover, clientCount: table.count)
        requests = Frames(.request, clientCount: table.count)
        renewals = Frames(.renewal, clientCount: table.count)
        clientCount = table.count
        self.worker = worker
    }

    /// A whole exchange of one client, and the commit between.
    mutating func exchange(_ client: Int) {
        discover(client)
        request(client..<client + 1)
    }

    /// How many blocks are allocated in so many exchanges, by clients that have not asked before.
    /// - Precondition: there are twice as many clients.
    mutating func allocationCount(in exchangeCount: Int) -> UInt64 {
        // The first half is the warm-up: pages, lazily made tables, the queue's first lap.
        for client in 0..<clientCount / 2 { exchange(client) }
        let before = CAllocationCount_total()
        for client in clientCount / 2..<clientCount / 2 + exchangeCount { exchange(client) }
        return CAllocationCount_total() - before
    }

    /// DISCOVER to OFFER.
    mutating func discover(_ client: Int) {
        messageCount += 1
        Self.serve(&worker, discovers, client)
    }

    /// A renewal that the disk promises already: REQUEST to ACK without a commit.
    mutating func renew(_ client: Int) {
        messageCount += 1
        Self.serve(&worker, renewals, client)
    }

    /// REQUEST to ACK, with the commits between.
    mutating func request(_ clients: Range<Int>) {
        for client in clients {
            messageCount += 1
            Self.serve(&worker, requests, client)
            if worker.isBatchFull { commit() }
        }
        commit()
    }

    private mutating func commit() {
        committer.commitBatch(at: worker.now, replies: &worker.replies)
        worker.takeCompletions()
    }

    @inline(__always)
    private static func serve(_ worker: inout MemoryWorker, _ frames: borrowing Frames, _ client: Int) {
        worker.serve(frames[client])
    }

    /// A path that answers nothing would be fast.
    func checkReplies() { precondition(worker.replyCount == messageCount, "every message is answered") }
}
