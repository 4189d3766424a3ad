/// The value of option 53, which makes a BOOTP message a DHCP message (RFC 2132 section 9.6).
///
/// A closed set: this server does not implement FORCERENEW (9), the LEASEQUERY family (10 to 13) or later types.
public enum MessageType: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    case discover = 1
    case offer, request, decline, ack, nak, release, inform
}
