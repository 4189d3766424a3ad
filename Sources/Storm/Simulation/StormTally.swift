package import Addresses

/// The counts of a storm.
package struct StormTally: Equatable, Sendable {
    /// Rounds that began, rounds that were completed, and clients that were lost.
    package internal(set) var startedCount = 0
    package internal(set) var completedCount = 0
    package internal(set) var lostCount = 0
    /// Rounds that were completed during the storm's duration.
    package internal(set) var completedInTimeCount = 0

    // Sent messages, each count with its resends.
    package internal(set) var discoverCount = 0
    package internal(set) var requestCount = 0
    package internal(set) var releaseCount = 0
    /// Messages that were sent again because no answer came.
    package internal(set) var resendCount = 0

    // Received.
    package internal(set) var offerCount = 0
    package internal(set) var ackCount = 0
    package internal(set) var nakCount = 0
    /// Replies that no client waited for: for others, late, or sent twice.
    package internal(set) var strayCount = 0
    /// Copies of replies that arrived at an interface other than the client's own.
    package internal(set) var floodedCount = 0
    /// OFFERs and ACKs without an address, OFFERs without a server identifier.
    package internal(set) var incompleteCount = 0
    /// Frames that passed the filter but are not DHCP replies.
    package internal(set) var unreadableCount = 0

    /// How many times an address was acknowledged to one client while another client held it.
    package internal(set) var duplicateCount = 0
    /// The first such case.
    package internal(set) var firstDuplicate: DuplicateAddress?

    init() {}

    /// Clears the counts of the preparation, in which clients get the lease that their scenario begins with, except for
    /// failures.
    mutating func beginMeasuring() {
        let preparation = self
        self = StormTally()
        lostCount = preparation.lostCount
        duplicateCount = preparation.duplicateCount
        firstDuplicate = preparation.firstDuplicate
    }
}

/// One address with two holders, which a server must never allow.
package struct DuplicateAddress: Equatable, Sendable, CustomStringConvertible {
    package let address: IPv4Address
    /// The client that held the address.
    package let holder: MACAddress
    /// The client that also got the address.
    package let other: MACAddress

    package var description: String { "\(address) was given to \(other) while \(holder) held it" }
}
