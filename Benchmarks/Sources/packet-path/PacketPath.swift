import Addresses
import FastDHCP

/// A server and what its clients send, in an order that gives each client the address that its messages name.
struct PacketPath: ~Copyable {
    private var server: MemoryServer
    private let discovers: Frames
    private let requests: Frames
    private let renewals: Frames
    private var messageCount = 0

    /// - Parameters:
    ///   - clientCount: also the number of addresses.
    ///   - isCanary: whether each message allocates once, which whoever counts must see.
    init(clientCount: Int, isCanary: Bool) throws {
        server = try MemoryServer(pool: (0..<clientCount).map(Frames.address(of:)), isCanary: isCanary)
        discovers = Frames(.discover, clientCount: clientCount)
        requests = Frames(.request, clientCount: clientCount)
        renewals = Frames(.renewal, clientCount: clientCount)
    }

    /// A whole exchange of one client, and the commit between.
    mutating func exchange(_ client: Int) {
        discover(client)
        request(client..<client + 1)
    }

    /// DISCOVER to OFFER.
    mutating func discover(_ client: Int) {
        messageCount += 1
        Self.serve(&server, discovers, client)
    }

    /// A renewal that the disk promises already: REQUEST to ACK without a commit.
    mutating func renew(_ client: Int) {
        messageCount += 1
        Self.serve(&server, renewals, client)
    }

    /// REQUEST to ACK, with the commits between.
    mutating func request(_ clients: Range<Int>) {
        for client in clients {
            messageCount += 1
            Self.serve(&server, requests, client)
            server.commitFullBatch()
        }
        server.commit()
    }

    @inline(__always)
    private static func serve(_ server: inout MemoryServer, _ frames: borrowing Frames, _ client: Int) {
        server.serve(frames[client])
    }

    /// A path that answers nothing would be fast.
    func checkReplies() { precondition(server.replyCount == messageCount, "every message is answered") }
}
