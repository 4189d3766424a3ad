public import SystemPackage

/// Many requests that go to the kernel in one send, each with a verdict of its own.
///
/// Its memory is allocated when it is made and used again by every batch.
public struct RequestBatch: ~Copyable, Sendable {
    /// How many messages a batch holds at most. The receive queue must have room for as many errors at once:
    /// 128 fit even the default queue of a process without privileges.
    public static let defaultMessageCapacity = 128
    /// Room for a route or a neighbour message with all its attributes.
    private static let messageByteCapacity = 96

    private(set) var buffer: MessageBuffer
    private var errnos: [Int32]
    /// How many messages the batch holds.
    public private(set) var count = 0

    public init(messageCapacity: Int = defaultMessageCapacity) {
        buffer = MessageBuffer(byteCapacity: messageCapacity * Self.messageByteCapacity)
        errnos = [Int32](repeating: 0, count: messageCapacity)
    }

    public var capacity: Int { errnos.count }
    public var isEmpty: Bool { count == 0 }

    /// The messages as they are sent, for tests that play the kernel.
    public var encoded: Span<UInt8> {
        @_lifetime(borrow self)
        get { buffer.encoded }
    }

    /// Appends a request; its index is the previous ``count``.
    /// - Parameter flags: what to do besides being a request, such as `.create`.
    /// - Returns: false if the batch is full; then it is as it was before.
    public mutating func append(
        _ type: NetlinkMessageType, flags: MessageFlags = [], _ body: borrowing some MessageBody & ~Copyable
    ) -> Bool {
        let sequence = UInt32(truncatingIfNeeded: count)
        guard count < capacity, buffer.append(type, flags: flags.union(.request), sequence: sequence, body)
        else {
            return false
        }
        errnos[count] = 0
        count += 1
        return true
    }

    /// Forgets all messages and verdicts; the memory stays.
    public mutating func removeAll() {
        buffer.removeAll()
        count = 0
    }

    /// What went wrong with the message at `index`, nil if it took effect. Meaningful once the batch was
    /// performed.
    public func error(at index: Int) -> Errno? {
        errnos[index] == 0 ? nil : Errno(rawValue: errnos[index])
    }

    /// Notes the kernel's verdict on the message at `index`; none means success.
    public mutating func setError(_ error: Errno?, at index: Int) {
        errnos[index] = error?.rawValue ?? 0
    }

    /// Numbers the messages and asks for an answer to the last one.
    mutating func prepare(firstSequence: UInt32) {
        buffer.number(from: firstSequence)
        for index in 0..<count { errnos[index] = 0 }
    }
}
