/// How long a message may and must be.
enum MessageSize {
    /// The longest IP datagram that every client takes (RFC 2131 section 2); option 57 cannot lower it.
    static let minimumLimit: UInt16 = 576
    /// The longest IP datagram that is written: Ethernet's 1500 octets, less a word for the surplus of the
    /// last store.
    static let maximumLimit: UInt16 = 1492
    /// The shortest BOOTP message (RFC 951 section 3); some clients and relays drop shorter ones.
    static let minimumMessageByteCount = 300
    /// The room that a writer needs: the longest Ethernet frame.
    static let frameByteCapacity = FrameLayout.ip + 1500
}
