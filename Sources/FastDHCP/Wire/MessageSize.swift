/// How long a message may and must be.
enum MessageSize {
    /// The longest IP datagram that every client takes (RFC 2131 section 2); option 57 cannot lower it.
    static let minimumLimit: UInt16 = 576
    /// The longest IP datagram that is written, Ethernet's own limit.
    static let maximumLimit: UInt16 = 1500
    /// The shortest BOOTP message (RFC 951 section 3); some clients and relays drop shorter ones.
    static let minimumMessageByteCount = 300
    /// The bytes that a writer stores at once; what it writes ends so far before the end of its memory.
    static let wordByteCount = 8
    /// The room that a writer needs for the shortest limit.
    static let smallestFrameByteCapacity = FrameLayout.ip + Int(minimumLimit) + wordByteCount
    /// The room that a writer makes use of: the longest Ethernet frame, and a word behind it.
    static let frameByteCapacity = FrameLayout.ip + Int(maximumLimit) + wordByteCount
}
