/// Slots whose route or neighbour entry was seen to go or to change, and who did it.
struct DirtySlots: Hashable, Sendable {
    /// By slot: the netlink port of the process that did it last; 0 if only the kernel did.
    private var ports: [Int: UInt32] = [:]

    var isEmpty: Bool { ports.isEmpty }
    var count: Int { ports.count }
    var slots: some Collection<Int> { ports.keys }

    mutating func insert(_ slot: Int, byPort portID: UInt32) {
        if portID != 0 || ports[slot] == nil { ports[slot] = portID }
    }

    /// The netlink port of the process that changed the slot last; nil if no process did.
    func conflictingPort(of slot: Int) -> UInt32? { ports[slot].flatMap { $0 == 0 ? nil : $0 } }
}

/// Somebody who removes what is ours.
package struct ConflictingProcess: Hashable, Sendable {
    /// The netlink port of the request.
    package var portID: UInt32
    /// The process behind it, if it still runs and can be told.
    package var processName: String?
}

extension ConflictingProcess: CustomStringConvertible {
    package var description: String {
        if let processName { "\(processName) (process \(portID))" } else { "netlink port \(portID)" }
    }
}
