/// What a storm plays: how many simulated VMs, what each of them does, and when it begins.
package struct StormPlan: Equatable, Sendable {
    /// 1 to ``clientLimit``. Each has a MAC address of its own.
    package var clientCount = 1000
    package var mix = ScenarioMix(.dora)
    package var shape = LoadShape.avalanche(burst: LoadShape.defaultBurst)
    /// How long clients go on beginning, over and over where the scenario can be repeated; nil lets each play
    /// once.
    package var duration: Duration?
    /// How long a client tries before it is counted as lost.
    package var timeout = Duration.seconds(30)
    /// The first wait for an answer; each further one is twice as long (RFC 2131 section 4.1).
    package var firstBackOff = Duration.seconds(4)
    /// Whether clients ask for the two-message exchange (option 80, RFC 4039).
    package var asksForRapidCommit = false
    /// Whether clients set the broadcast flag (RFC 2131 section 4.1).
    package var setsBroadcastFlag = false
    /// What MAC addresses, transaction IDs and random waits are made from: the same seed makes the same
    /// storm.
    package var seed: UInt64 = 1

    package init() {}

    /// The most clients that one storm plays: their number has 20 of a transaction ID's 32 bits.
    package static let clientLimit = 1 << 20
    /// The most that a duration, a timeout or a wait may be.
    package static let timeLimit = Duration.seconds(86_400)

    /// Whether clients that are done begin again, those whose scenario can be repeated.
    var repeats: Bool { duration != nil && mix.canRepeat }
}

/// What one client does in its turn, called a round.
package enum Scenario: String, CaseIterable, Codable, Sendable {
    /// DISCOVER, OFFER, REQUEST, ACK.
    case dora
    /// With a lease got beforehand: REQUEST to its server in RENEWING, ACK.
    case renew
    /// DISCOVER, OFFER, REQUEST, ACK, RELEASE: each round makes a binding and gives it back.
    case release
    /// With a lease got beforehand: REQUEST for its address in INIT-REBOOT, ACK.
    case initReboot = "init-reboot"

    /// Whether clients need a lease before their first round.
    var beginsWithLease: Bool { self == .renew || self == .initReboot }
    /// Whether a client can play it again; a second DORA of a client that holds a lease would be another
    /// scenario.
    var canRepeat: Bool { self != .dora }
}

/// When clients begin.
package enum LoadShape: Equatable, Sendable {
    /// All at the same instant, which is where every client's time to lease starts.
    ///
    /// Frames still have to leave one after another. At most `burst` clients that have begun are without a
    /// lease at a time, so that no receive ring of that many frames overflows only because all come from one
    /// fast machine; a client that is still without a lease after ``patienceNanoseconds`` no longer counts.
    case avalanche(burst: Int)
    /// So many at a time: one begins when one is done.
    case closed(window: Int)
    /// So many a second, whatever the server does. Time to lease starts when a client should have begun.
    case open(perSecond: Double)

    /// Half of a server's default receive ring.
    package static let defaultBurst = 2048
    static let patienceNanoseconds: UInt64 = 100_000_000

    /// The shape's name, as on the command line.
    package var name: String {
        switch self {
        case .avalanche: "avalanche"
        case .closed: "closed"
        case .open: "open"
        }
    }
}
