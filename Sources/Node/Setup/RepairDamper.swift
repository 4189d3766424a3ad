package import LinuxSystem

/// Slows down the repairs of an item that another program keeps changing, so that a fight costs little. Other items are
/// repaired at once.
package struct RepairDamper: Sendable {
    /// The pause between two repairs of an item that is fought over.
    package static let pauseMilliseconds: UInt64 = 10_000
    /// More repairs than this within the window are a fight.
    static let limit = 10
    static let windowMilliseconds: UInt64 = 60_000

    /// The repairs of the window, which are at most `limit` and one for each pause.
    private var repairs: [NodeItem: [BootTime]] = [:]
    private var fights: Set<NodeItem> = []

    package init() {}

    /// A fight ends when nothing had to be repaired for a whole window.
    package mutating func mayRepair(_ item: NodeItem, now: BootTime) -> Bool {
        let recent = repairs[item, default: []].filter { now.millisecondsSince($0) < Self.windowMilliseconds }
        repairs[item] = recent
        guard let last = recent.last else {
            fights.remove(item)
            return true
        }
        return !fights.contains(item) || now.millisecondsSince(last) >= Self.pauseMilliseconds
    }

    /// - Returns: whether a fight begins with this repair.
    package mutating func recordRepair(of item: NodeItem, now: BootTime) -> Bool {
        repairs[item, default: []].append(now)
        return repairs[item, default: []].count > Self.limit && fights.insert(item).inserted
    }
}
