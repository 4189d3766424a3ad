internal import Addresses
internal import Netlink

/// What the kernel should have for one address of the pool.
struct WantedRoute: Hashable, Sendable {
    /// Whether the address should have a route at all.
    var isWanted = false
    var hasNeighbour = false
    var macAddress = MACAddress.zero
    /// The value of ``WantedRoutes/changeSequence`` at the last change of this entry.
    var changeSequence: UInt64 = 0
    /// The index of the latest change to this address in the current call to ``RouteSync/apply(_:_:)``.
    var latestChangeIndex = 0

    /// Whether `neighbour` is the permanent entry that goes with this route.
    func matches(_ neighbour: NeighbourMessage?) -> Bool {
        guard let neighbour, neighbour.routeProtocol == .dhcp else { return false }
        return neighbour.state == .permanent && neighbour.macAddress == macAddress
    }
}

/// The wanted set: one entry per slot of the pool, allocated once.
struct WantedRoutes: ~Copyable, Sendable {
    private(set) var entries: [WantedRoute]
    /// Incremented by every change, so that a reconciler can tell what changed after it read the set.
    private(set) var changeSequence: UInt64 = 0

    init(slotCount: Int) { entries = [WantedRoute](repeating: WantedRoute(), count: slotCount) }

    subscript(slot: Int) -> WantedRoute { entries[slot] }

    mutating func want(_ slot: Int, _ macAddress: MACAddress, withNeighbour: Bool) {
        touch(slot)
        entries[slot].isWanted = true
        entries[slot].hasNeighbour = withNeighbour
        entries[slot].macAddress = macAddress
    }

    mutating func drop(_ slot: Int) {
        touch(slot)
        entries[slot].isWanted = false
        entries[slot].hasNeighbour = false
    }

    mutating func dropAll() {
        for slot in entries.indices where entries[slot].isWanted { drop(slot) }
    }

    /// Records that an attempt to change the kernel was made, whatever its outcome.
    mutating func touch(_ slot: Int) {
        changeSequence &+= 1
        entries[slot].changeSequence = changeSequence
    }

    mutating func setLatestChange(_ index: Int, of slot: Int) { entries[slot].latestChangeIndex = index }

    /// A copy in separate memory, so that later changes to the set need not copy it.
    func snapshot() -> [WantedRoute] { entries.map { $0 } }
}
