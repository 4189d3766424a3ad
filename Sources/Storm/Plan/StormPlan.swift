/// The plan of a storm: how many VMs it simulates, what each of them does and when each begins.
package struct StormPlan: Equatable, Sendable {
    /// 1 to ``clientLimit``. Each client has its own MAC address.
    package var clientCount = 1000
    package var mix = ScenarioMix(.dora)
    package var shape = LoadShape.avalanche(burst: LoadShape.defaultBurst)
    /// How long clients begin rounds, again and again if their scenario can be repeated; nil lets each client play
    /// once.
    package var duration: Duration?
    /// How long a client tries before it is counted as lost.
    package var timeout = Duration.seconds(30)
    /// The first wait for an answer; each further wait is twice as long (RFC 2131 section 4.1).
    package var firstBackOff = Duration.seconds(4)
    /// Whether clients ask for the two-message exchange (option 80, RFC 4039).
    package var asksForRapidCommit = false
    /// Whether clients set the broadcast flag (RFC 2131 section 4.1).
    package var setsBroadcastFlag = false
    /// The seed of the MAC addresses, transaction IDs and random waits: the same seed makes the same storm.
    package var seed: UInt64 = 1

    package init() {}

    /// The maximum number of clients in a storm: a client's number takes 20 of a transaction ID's 32 bits.
    package static let clientLimit = 1 << 20
    /// The maximum of a duration, a timeout or a wait.
    package static let timeLimit = Duration.seconds(86_400)

    /// Whether clients that are done begin again, if their scenario can be repeated.
    var repeats: Bool { duration != nil && mix.canRepeat }
}

/// What one client does in a round.
package enum Scenario: String, CaseIterable, Codable, Sendable {
    /// DISCOVER, OFFER, REQUEST, ACK.
    case dora
    /// With a lease obtained beforehand: REQUEST to its server in RENEWING, ACK.
    case renew
    /// DISCOVER, OFFER, REQUEST, ACK, RELEASE: each round creates a binding and releases it.
    case release
    /// With a lease obtained beforehand: REQUEST for its address in INIT-REBOOT, ACK.
    case initReboot = "init-reboot"

    /// Whether clients need a lease before their first round.
    var beginsWithLease: Bool { self == .renew || self == .initReboot }
    /// Whether a client can play the scenario again. A second DORA of a client that holds a lease would be another
    /// scenario.
    var canRepeat: Bool { self != .dora }
}

/// When clients begin.
package enum LoadShape: Equatable, Sendable {
    /// All clients at the same instant, from which every client's time to lease counts.
    ///
    /// Frames still have to leave one after another. At most `burst` clients that have begun are without a lease at a
    /// time. Otherwise a receive ring of that many frames could overflow only because all frames come from one fast
    /// machine. A client that is still without a lease after ``patienceNanoseconds`` no longer counts.
    case avalanche(burst: Int)
    /// `window` clients at a time: when one is done, the next one begins.
    case closed(window: Int)
    /// `perSecond` clients a second, whatever the server does. A client's time to lease counts from when it should have
    /// begun.
    case open(perSecond: Double)

    /// Half of a server's default receive ring.
    package static let defaultBurst = 2048
    static let patienceNanoseconds: UInt64 = 100_000_000

    /// The shape's name on the command line.
    package var name: String {
        switch self {
        case .avalanche: "avalanche"
        case .closed: "closed"
        case .open: "open"
        }
    }
}
