/// Slots whose route or neighbour was seen to go or to change, and who did it.
struct Suspects: Hashable, Sendable {
    var slots: Set<Int> = []
    /// The netlink port of the last of those who did it; nil if it was only the kernel itself.
    var opponentPort: UInt32?

    mutating func insert(_ slot: Int, byPort portID: UInt32) {
        slots.insert(slot)
        if portID != 0 { opponentPort = portID }
    }
}

/// Somebody who removes what is ours.
package struct Opponent: Hashable, Sendable {
    /// The netlink port of the request.
    package var portID: UInt32
    /// The process behind it, if it still runs and can be told.
    package var processName: String?
}

extension Opponent: CustomStringConvertible {
    package var description: String {
        if let processName { "\(processName) (process \(portID))" } else { "netlink port \(portID)" }
    }
}
