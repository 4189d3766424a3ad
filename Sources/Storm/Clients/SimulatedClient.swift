import Addresses

/// What a simulated VM knows; a plain record in a fixed array.
struct SimulatedClient {
    var state = ClientState.off
    /// What it does in its turn.
    var scenario = Scenario.dora
    /// How often the message that it waits on was sent.
    var sendCount: UInt8 = 0
    /// Whether its next message stands in the outbox.
    var isQueued = false
    /// Whether it has begun a round and not ended it.
    var isInRound = false
    /// Counts its exchanges, for the transaction ID.
    var transaction: UInt16 = 0
    /// The address that was offered or leased to it; 0.0.0.0 for none.
    var address = IPv4Address.unspecified
    /// Option 54 of the server that it chose, and where that server's frames come from.
    var serverIdentifier = IPv4Address.unspecified
    var serverMACAddress = MACAddress.broadcast
    /// When its round should have begun, in nanoseconds: what its time to lease counts from.
    var roundStart: UInt64 = 0
    /// When its round did begin.
    var began: UInt64 = 0
    /// When the message that it waits on was sent for the first time.
    var firstSent: UInt64 = 0
    /// When its lease ends, as its server said.
    var leaseEnd: UInt64 = 0

    /// Whether the client of an avalanche has its lease, or began so long ago that its frames no longer stand
    /// in a ring.
    func hasSettled(at now: UInt64) -> Bool { !isInRound || now &- began >= LoadShape.patienceNanoseconds }
}

/// Where a client stands (RFC 2131 section 4.4, figure 5).
enum ClientState: UInt8 {
    /// Not switched on, or between two rounds without a lease.
    case off
    /// INIT: refused a moment ago, and about to begin from nothing.
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
    /// Bound, with a RELEASE on its way.
    case releasing
    /// Gave up.
    case lost

    /// Whether an ACK or a NAK is what it waits for.
    var awaitsAcknowledgement: Bool {
        switch self {
        case .requesting, .rebooting, .renewing, .rebinding: true
        case .off, .initial, .selecting, .bound, .releasing, .lost: false
        }
    }
}
