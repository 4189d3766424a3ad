import LinuxSystem

/// The messages of one worker that wait until the changes in flight for their clients are decided. Each client has at
/// most one, its newest message. It is kept as a copy, because its frame goes back to the kernel.
///
/// All memory is reserved at the start, enough for as many clients as there can be changes in flight. The kernel backs
/// the memory with pages when it is first used.
struct DeferredMessages: ~Copyable {
    static let capacity = Engine.changesInFlightLimit

    /// A message is one word with xid, byte count and type, followed by the frame in words of eight bytes.
    private let words = AtomicWords(count: capacity * wordsPerMessage)
    private static let wordsPerMessage = 1 + DeferredMessage.byteCapacity / 8
    /// Numbers below `usedCount` have been used; `free` lists those of them that are free now.
    private var usedCount = 0
    private var free: [Int] = []
    /// Messages that need not wait any longer, in the order in which their changes were decided.
    private let ready = SingleProducerQueue<Int>(capacity: capacity)

    init() { free.reserveCapacity(Self.capacity) }

    /// Keeps a copy of a message and returns its number. Nil when there is no room, or when the message is longer than
    /// an Ethernet frame.
    mutating func append(_ message: borrowing MessageView) -> Int? {
        guard message.frame.count <= DeferredMessage.byteCapacity, let number = takeNumber() else { return nil }
        store(message, at: number)
        return number
    }

    /// Keeps a copy of a message in place of another one. False when the message is longer than an Ethernet frame.
    mutating func replace(_ number: Int, by message: borrowing MessageView) -> Bool {
        guard message.frame.count <= DeferredMessage.byteCapacity else { return false }
        store(message, at: number)
        return true
    }

    func xid(of number: Int) -> UInt32 { UInt32(truncatingIfNeeded: header(number) >> 32) }

    /// Records that a message need not wait any longer.
    mutating func makeReady(_ number: Int) {
        let hasRoom = ready.append(number)
        precondition(hasRoom, "there is room for every message")
    }

    var hasReady: Bool { ready.count > 0 }

    /// Removes and returns the message that has been ready the longest.
    mutating func takeReady() -> DeferredMessage? {
        guard hasReady else { return nil }
        let number = ready[0]
        ready.removeFirst(1)
        free.append(number)
        return DeferredMessage(
            messageType: MessageType(rawValue: UInt8(truncatingIfNeeded: header(number))) ?? .discover,
            byteCount: Int(header(number) >> 8 & 0xFF_FFFF)
        ) { index in words.loadRelaxed(number * Self.wordsPerMessage + 1 + index) }
    }

    private mutating func takeNumber() -> Int? {
        if let number = free.popLast() { return number }
        guard usedCount < Self.capacity else { return nil }
        usedCount += 1
        return usedCount - 1
    }

    private func header(_ number: Int) -> UInt64 { words.loadRelaxed(number * Self.wordsPerMessage) }

    private func store(_ message: borrowing MessageView, at number: Int) {
        let base = number * Self.wordsPerMessage
        let frame = message.frame
        words.storeRelaxed(
            base, UInt64(message.xid) << 32 | UInt64(frame.count) << 8 | UInt64(message.messageType.rawValue))
        for index in 0..<(frame.count + 7) / 8 {
            let byteCount = min(frame.count - index * 8, 8)
            words.storeRelaxed(base + 1 + index, frame.word(at: index * 8, byteCount: byteCount))
        }
    }
}

/// A message that had to wait, as it was received.
public struct DeferredMessage: Sendable {
    /// The longest Ethernet frame in bytes, rounded up to whole words.
    static let byteCapacity = 1520

    private var bytes = InlineArray<1520, UInt8>(repeating: 0)
    private let byteCount: Int
    private let messageType: MessageType

    /// - Parameter word: returns the frame's bytes in words of eight, the first byte most significant.
    fileprivate init(messageType: MessageType, byteCount: Int, word: (Int) -> UInt64) {
        self.messageType = messageType
        self.byteCount = byteCount
        var frame = bytes.mutableSpan
        for index in 0..<(byteCount + 7) / 8 { frame.store(word(index), at: index * 8) }
    }

    /// The message. It passed the parser's checks when it was received.
    public var view: MessageView {
        @_lifetime(borrow self) get {
            let frame = bytes.span.extracting(first: byteCount)
            return MessageView(frame: frame, index: OptionIndex(of: frame), messageType: messageType)
        }
    }
}
