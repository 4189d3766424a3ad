package import Addresses

/// What was counted in a storm.
package struct StormTally: Equatable, Sendable {
    /// Rounds that began, that reached their end, and that were given up.
    package internal(set) var startedCount = 0
    package internal(set) var completedCount = 0
    package internal(set) var lostCount = 0
    /// Rounds that were completed while the storm's duration ran.
    package internal(set) var completedInTimeCount = 0

    // Sent, each with its resends.
    package internal(set) var discoverCount = 0
    package internal(set) var requestCount = 0
    package internal(set) var releaseCount = 0
    /// Messages that were sent once more because no answer came.
    package internal(set) var resendCount = 0

    // Received.
    package internal(set) var offerCount = 0
    package internal(set) var ackCount = 0
    package internal(set) var nakCount = 0
    /// Replies that no client waited for: to others, late, or sent twice.
    package internal(set) var strayCount = 0
    /// Replies that also came to VMs behind other interfaces than the one they were for.
    package internal(set) var floodedCount = 0
    /// OFFERs and ACKs without an address, OFFERs without a server identifier.
    package internal(set) var incompleteCount = 0
    /// Frames that passed the filter and are no DHCP reply.
    package internal(set) var unreadableCount = 0

    /// How often an address was acknowledged to one client while another held it.
    package internal(set) var duplicateCount = 0
    /// The first time that happened.
    package internal(set) var firstDuplicate: DuplicateAddress?

    init() {}

    /// Forgets what was counted while clients got the lease that their scenario begins with, except failures.
    mutating func beginMeasuring() {
        let preparation = self
        self = StormTally()
        lostCount = preparation.lostCount
        duplicateCount = preparation.duplicateCount
        firstDuplicate = preparation.firstDuplicate
    }
}

/// One address, two holders: what a server must never do.
package struct DuplicateAddress: Equatable, Sendable, CustomStringConvertible {
    package let address: IPv4Address
    /// Who held it.
    package let holder: MACAddress
    /// Who got it too.
    package let other: MACAddress

    package var description: String { "\(address) was given to \(other) while \(holder) held it" }
}
