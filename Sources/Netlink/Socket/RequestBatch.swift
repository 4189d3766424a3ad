public import SystemPackage

/// Several requests that go to the kernel in one send. Each has its own result.
///
/// Its memory is allocated once and reused for every batch.
public struct RequestBatch: ~Copyable, Sendable {
    /// The default capacity in messages. The receive queue must have room for that many errors at once; 128 fit even
    /// into the default queue of an unprivileged process.
    public static let defaultMessageCapacity = 128
    /// Room for a route or a neighbour message with all its attributes, in bytes.
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

    /// The messages as they are sent, for tests that simulate the kernel.
    public var encoded: Span<UInt8> {
        @_lifetime(borrow self)
        get { buffer.encoded }
    }

    /// Appends a request; its index is the previous ``count``.
    /// - Parameter flags: the flags besides `.request`, such as `.create`.
    /// - Returns: false if the batch is full; it is then unchanged.
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

    /// Removes all messages and results and keeps the memory.
    public mutating func removeAll() {
        buffer.removeAll()
        count = 0
    }

    /// The error of the message at `index`, or nil if it took effect. Valid after the batch was performed.
    public func error(at index: Int) -> Errno? {
        errnos[index] == 0 ? nil : Errno(rawValue: errnos[index])
    }

    /// Records the kernel's result for the message at `index`; nil means success.
    public mutating func setError(_ error: Errno?, at index: Int) {
        errnos[index] = error?.rawValue ?? 0
    }

    /// Numbers the messages, requests an acknowledgement for the last one and clears the results.
    mutating func prepare(firstSequence: UInt32) {
        buffer.number(from: firstSequence)
        for index in 0..<count { errnos[index] = 0 }
    }
}
