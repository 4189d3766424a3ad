/// The limits on the length of a message, in bytes.
enum MessageSize {
    /// The longest IP datagram that every client must accept (RFC 2131 section 2). Option 57 cannot lower it.
    static let minimumLimit: UInt16 = 576
    /// The longest IP datagram that a writer produces: Ethernet's own limit.
    static let maximumLimit: UInt16 = 1500
    /// The shortest BOOTP message (RFC 951 section 3). Some clients and relays drop shorter ones.
    static let minimumMessageByteCount = 300
    /// How many bytes a writer stores at once. The frame must end at least this far before the end of the writer's
    /// memory.
    static let wordByteCount = 8
    /// The memory that a writer needs for a datagram of `minimumLimit`.
    static let smallestFrameByteCapacity = FrameLayout.ip + Int(minimumLimit) + wordByteCount
    /// The most memory that a writer uses: the longest Ethernet frame and one word behind it.
    static let frameByteCapacity = FrameLayout.ip + Int(maximumLimit) + wordByteCount
}
