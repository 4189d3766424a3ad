internal import CNetlink
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// An rtnetlink socket for requests. ``RouteNetlinkWatch`` receives notifications.
///
/// It belongs to the network namespace of the thread that opened it; any thread may use it afterwards. An answer to an
/// earlier request that was given up is recognized by its sequence number and skipped.
public struct RouteNetlinkSocket: ~Copyable, Sendable {
    /// The netlink port that the kernel puts into notifications of changes made through this socket.
    public let portID: UInt32
    let descriptor: OwnedDescriptor
    private var sequence: UInt32 = 0
    private var request: MessageBuffer
    private var received: [UInt8]

    /// A dump arrives in datagrams of up to 32 KiB; room for a larger one costs little.
    private static let receiveByteCapacity = 64 << 10
    private static let requestByteCapacity = 4 << 10
    /// How many times a dump is tried before its interruption becomes an error.
    private static let dumpAttemptLimit = 20

    /// Opens a socket in the network namespace of the calling thread.
    /// - Parameter receiveQueueByteCount: the size of the queue for answers; without privileges it may be smaller.
    /// - Parameter timeoutSeconds: how long to wait for an answer, which the kernel queues before a send returns.
    public init(receiveQueueByteCount: Int32 = 4 << 20, timeoutSeconds: Int = 5) throws(NetlinkError) {
        do throws(SystemError) {
            let socket = try Self.open(receiveQueueByteCount, timeoutSeconds)
            portID = try NetlinkSystem.bindToFreePort(socket)
            descriptor = socket
        } catch {
            throw NetlinkError("open an rtnetlink socket", error.code)
        }
        request = MessageBuffer(byteCapacity: Self.requestByteCapacity)
        received = [UInt8](repeating: 0, count: Self.receiveByteCapacity)
    }

    private static func open(
        _ receiveQueueByteCount: Int32, _ timeoutSeconds: Int
    ) throws(SystemError) -> OwnedDescriptor {
        let socket = try NetlinkSystem.openSocket(nonblocking: false)
        try NetlinkSystem.setReceiveQueue(socket, byteCount: receiveQueueByteCount)
        let timeout = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        try SystemCall.setsockopt(socket.rawValue, SOL_SOCKET, SO_RCVTIMEO, timeout)
        // Short acknowledgements, error texts, and filters in dumps that the kernel applies or refuses but never
        // ignores.
        for option in [NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK] {
            try SystemCall.setsockopt(socket.rawValue, SOL_NETLINK, option, Int32(1))
        }
        return socket
    }
}

// MARK: One request

extension RouteNetlinkSocket {
    /// Requests a change and waits for the kernel's acknowledgement.
    /// - Parameter operation: the operation with the object's name, for the text of an error.
    public mutating func perform(
        _ operation: @autoclosure () -> String, _ type: NetlinkMessageType, flags: MessageFlags = [],
        _ body: borrowing some MessageBody & ~Copyable
    ) throws(NetlinkError) {
        do throws(Failure) {
            let sequence = try send(type, flags: flags.union(.acknowledge), body)
            var isAnswered = false
            while !isAnswered {
                try receive { (message) throws(Failure) in
                    guard message.header.sequence == sequence, let verdict = Acknowledgement(message) else {
                        return
                    }
                    isAnswered = true
                    if verdict.errno != 0 { throw .refused(verdict) }
                }
            }
        } catch {
            throw error.named(operation())
        }
    }

    /// Requests one object and waits for it.
    /// - Returns: nil if the kernel's answer has another type.
    public mutating func get<Reply: ReplyBody>(
        _ operation: @autoclosure () -> String, _ type: NetlinkMessageType,
        _ body: borrowing some MessageBody & ~Copyable,
        as reply: Reply.Type = Reply.self
    ) throws(NetlinkError) -> Reply? {
        do throws(Failure) {
            // The acknowledgement follows the object, so that its arrival shows whether there is an object.
            let sequence = try send(type, flags: .acknowledge, body)
            var answer: Reply?
            var isAnswered = false
            while !isAnswered {
                try receive { (message) throws(Failure) in
                    guard message.header.sequence == sequence else { return }
                    if let verdict = Acknowledgement(message) {
                        isAnswered = true
                        if verdict.errno != 0 { throw .refused(verdict) }
                    } else {
                        answer = Reply(message)
                    }
                }
            }
            return answer
        } catch {
            throw error.named(operation())
        }
    }
}

// MARK: Dump

extension RouteNetlinkSocket {
    /// Requests all objects that match `filter`. If the kernel reports that the tables changed during the dump, the
    /// dump is repeated.
    public mutating func dump<Reply: ReplyBody>(
        _ operation: @autoclosure () -> String, _ type: NetlinkMessageType,
        _ filter: borrowing some MessageBody & ~Copyable,
        as reply: Reply.Type = Reply.self
    ) throws(NetlinkError) -> [Reply] {
        do throws(Failure) {
            for _ in 0..<Self.dumpAttemptLimit {
                if let replies: [Reply] = try dumpOnce(type, filter) { return replies }
            }
            throw .system(.interrupted)
        } catch {
            throw error.named(operation())
        }
    }

    /// - Returns: nil if the dump was interrupted by a change.
    private mutating func dumpOnce<Reply: ReplyBody>(
        _ type: NetlinkMessageType, _ filter: borrowing some MessageBody & ~Copyable
    ) throws(Failure) -> [Reply]? {
        let sequence = try send(type, flags: .dump, filter)
        var replies: [Reply] = []
        var isInterrupted = false
        var isDone = false
        while !isDone {
            try receive { (message) throws(Failure) in
                guard message.header.sequence == sequence else { return }
                if message.header.flags.contains(.dumpInterrupted) { isInterrupted = true }
                if let verdict = Acknowledgement(message) {
                    isDone = true
                    if verdict.errno != 0 { throw .refused(verdict) }
                } else if let reply = Reply(message) {
                    replies.append(reply)
                }
            }
        }
        return isInterrupted ? nil : replies
    }
}

// MARK: Batch

extension RouteNetlinkSocket {
    /// Sends all requests of `batch` at once and records the result of each in it.
    ///
    /// Only the last request asks for an acknowledgement, which is twice as fast as asking in every request; a failed
    /// request is answered in any case. Allocates nothing unless the kernel explains an error in text.
    /// - Throws: if the answers were lost. It is then unknown which requests took effect: the caller reads the tables
    ///   or repeats the requests.
    public mutating func perform(_ batch: inout RequestBatch) throws(NetlinkError) {
        guard !batch.isEmpty else { return }
        let first = sequence &+ 1
        let count = batch.count
        sequence &+= UInt32(truncatingIfNeeded: count)
        batch.prepare(firstSequence: first)
        do throws(Failure) {
            do throws(SystemError) {
                try NetlinkSystem.send(descriptor, batch.encoded)
            } catch {
                throw Failure.system(error.code)
            }
            var isAnswered = false
            while !isAnswered {
                try receive { (message) throws(Failure) in
                    let index = Int(message.header.sequence &- first)
                    guard index < count, let verdict = Acknowledgement(message) else { return }
                    batch.setError(verdict.errno == 0 ? nil : Errno(rawValue: verdict.errno), at: index)
                    if index == count - 1 { isAnswered = true }
                }
            }
        } catch {
            throw error.named("perform a batch of \(count) requests")
        }
    }
}

// MARK: Sending and receiving

extension RouteNetlinkSocket {
    /// An error without the name of the operation. The text is built only for an error that reaches the caller.
    fileprivate enum Failure: Error {
        case system(Errno)
        case refused(Acknowledgement)

        func named(_ operation: String) -> NetlinkError {
            switch self {
            case .system(.resourceTemporarilyUnavailable): NetlinkError(operation, .timedOut)
            case .system(let number): NetlinkError(operation, number)
            case .refused(let verdict): NetlinkError(operation, verdict)
            }
        }
    }

    /// Sends one request and returns its sequence number.
    private mutating func send(
        _ type: NetlinkMessageType, flags: MessageFlags, _ body: borrowing some MessageBody & ~Copyable
    ) throws(Failure) -> UInt32 {
        sequence &+= 1
        request.removeAll()
        guard request.append(type, flags: flags.union(.request), sequence: sequence, body) else {
            throw .system(.messageTooLong)
        }
        do throws(SystemError) {
            try NetlinkSystem.send(descriptor, request.encoded)
        } catch {
            throw .system(error.code)
        }
        return sequence
    }

    /// Receives one datagram and calls `body` with each of its messages.
    private mutating func receive(
        _ body: (borrowing NetlinkMessageView) throws(Failure) -> Void
    ) throws(Failure) {
        let byteCount: Int
        do throws(SystemError) {
            byteCount = try NetlinkSystem.receive(descriptor, into: &received)
        } catch {
            discardAnswers()
            throw .system(error.code)
        }
        var messages = MessageReader(received.span.extracting(first: byteCount))
        while let message = messages.next() { try body(message) }
    }

    /// Empties the queue after answers were lost. While the queue is full, the kernel drops further answers and reports
    /// that only once.
    private mutating func discardAnswers() {
        while true {
            do throws(SystemError) {
                _ = try NetlinkSystem.receive(descriptor, into: &received, waits: false)
            } catch {
                guard error.code == .noBufferSpace || error.code == .messageTooLong else { return }
            }
        }
    }
}
