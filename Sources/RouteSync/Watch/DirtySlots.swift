/// Slots whose route or neighbour entry was reported removed or changed, and by which process.
struct DirtySlots: Hashable, Sendable {
    /// By slot: the netlink port of the process that changed it last; 0 if only the kernel did.
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

/// A process that removes our routes or neighbour entries.
package struct ConflictingProcess: Hashable, Sendable {
    /// The netlink port of the request.
    package var portID: UInt32
    /// The name of the process with that port, if the process still runs and its name can be found.
    package var processName: String?
}

extension ConflictingProcess: CustomStringConvertible {
    package var description: String {
        if let processName { "\(processName) (process \(portID))" } else { "netlink port \(portID)" }
    }
}
