import CAllocationCount
import FastDHCP
import Workload

/// A worker with its committer, and the messages of its clients. They are sent in the order in which each client gets the
/// address that its messages name.
struct PacketPath<Journal: JournalSink & ~Copyable, Routes: RouteSink & ~Copyable>: ~Copyable {
    private var worker: MemoryWorker
    private var committer: Committer<Journal, Routes>
    private let discovers: Frames
    private let requests: Frames
    private let renewals: Frames
    private let clientCount: Int
    private var messageCount = 0

    /// - Parameters:
    ///   - table: a table with one address per client.
    ///   - isCanary: whether each message allocates once. The allocation count must show it.
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

    /// Runs a whole exchange of one client, including the commit.
    mutating func exchange(_ client: Int) {
        discover(client)
        request(client..<client + 1)
    }

    /// Runs exchanges of clients that have not asked before, and returns how many blocks they allocate.
    /// - Precondition: there are at least twice as many clients as exchanges.
    mutating func allocationCount(in exchangeCount: Int) -> UInt64 {
        // The first half of the clients is the warm-up: memory pages, lazily created tables, the first lap of the queue.
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

    /// A renewal that the binding on disk already covers: REQUEST to ACK without a commit.
    mutating func renew(_ client: Int) {
        messageCount += 1
        Self.serve(&worker, renewals, client)
    }

    /// REQUEST to ACK, including the commits.
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

    /// Checks that every message was answered. Otherwise a path that answers nothing would look fast.
    func checkReplies() { precondition(worker.replyCount == messageCount, "every message is answered") }
}
