import Addresses

/// The state of a simulated VM: a plain record in a fixed array.
struct SimulatedClient {
    var state = ClientState.off
    /// What the client does in a round.
    var scenario = Scenario.dora
    /// How many times the message that awaits an answer was sent.
    var sendCount: UInt8 = 0
    /// Whether the client's next message is in the outbox.
    var isQueued = false
    /// Whether the client has begun a round and not ended it.
    var isInRound = false
    /// Counts the client's exchanges, for the transaction ID.
    var transaction: UInt16 = 0
    /// The address that was offered or leased to it; 0.0.0.0 for none.
    var address = IPv4Address.unspecified
    /// Option 54 of the server that the client chose, and the MAC address from which that server's frames come.
    var serverIdentifier = IPv4Address.unspecified
    var serverMACAddress = MACAddress.broadcast
    /// When the client's round should have begun, in nanoseconds. The time to lease counts from here.
    var roundStart: UInt64 = 0
    /// When the round actually began.
    var began: UInt64 = 0
    /// When the message that awaits an answer was sent for the first time.
    var firstSent: UInt64 = 0
    /// When the lease ends, according to the server.
    var leaseEnd: UInt64 = 0

    /// Whether a client of an avalanche has ended its round, or began it so long ago that its frames are no longer in a
    /// ring.
    func hasSettled(at now: UInt64) -> Bool { !isInRound || now &- began >= LoadShape.patienceNanoseconds }
}

/// The state of a client (RFC 2131 section 4.4, figure 5).
enum ClientState: UInt8 {
    /// Not switched on, or between two rounds without a lease.
    case off
    /// INIT: the client got a NAK and is about to start over.
    case initial
    /// DISCOVER sent.
    case selecting
    /// REQUEST for an offer sent.
    case requesting
    /// INIT-REBOOT with its REQUEST sent, which the RFC calls REBOOTING.
    case rebooting
    case bound
    /// REQUEST to its own server sent.
    case renewing
    /// REQUEST to any server sent.
    case rebinding
    /// Bound, with a RELEASE about to be sent.
    case releasing
    /// Gave up.
    case lost

    /// Whether the client waits for an ACK or a NAK.
    var awaitsAcknowledgement: Bool {
        switch self {
        case .requesting, .rebooting, .renewing, .rebinding: true
        case .off, .initial, .selecting, .bound, .releasing, .lost: false
        }
    }
}
