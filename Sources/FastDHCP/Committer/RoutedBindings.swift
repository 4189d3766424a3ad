import Addresses
import LinuxSystem

/// Which client has which address in the kernel and on the disk, as far as the committer has got. Also which addresses
/// have a change in the current batch, or a stalled one.
struct RoutedBindings: Sendable {
    /// Two words per slot. The first is the client with bit 63 set, or 0. The second is the number of the last batch
    /// that had a change of this slot, or `held`.
    private let words: AtomicWords
    private static let held = UInt64.max
    private var batchNumber: UInt64 = 0

    /// Starts with the durable bindings of the table.
    init(_ table: LeaseTable) {
        words = AtomicWords(count: table.count * 2)
        for slotIndex in 0..<table.count {
            guard let durable = table.read(slotIndex)?.durable, durable.owner.state == .bound else { continue }
            bind(slotIndex, to: durable.owner.client)
        }
    }

    func isBound(_ slotIndex: Int, to client: MACAddress) -> Bool {
        words.loadRelaxed(slotIndex * 2) == client.rawValue | 1 << 63
    }

    /// Records a change that has taken effect.
    func follow(_ change: BindingChange) {
        let slotIndex = Int(change.slotIndex)
        if change.kind == .bind { bind(slotIndex, to: change.client) } else { words.storeRelaxed(slotIndex * 2, 0) }
    }

    private func bind(_ slotIndex: Int, to client: MACAddress) {
        words.storeRelaxed(slotIndex * 2, client.rawValue | 1 << 63)
    }

    mutating func beginBatch() { batchNumber += 1 }

    /// Records that the batch has a change of this address. Returns false when the batch already has one, or the
    /// address is held.
    func enter(_ slotIndex: Int) -> Bool {
        let last = words.loadRelaxed(slotIndex * 2 + 1)
        guard last != batchNumber, last != Self.held else { return false }
        words.storeRelaxed(slotIndex * 2 + 1, batchNumber)
        return true
    }

    /// Keeps an address out of every batch while a change of it is stalled.
    func hold(_ slotIndex: Int) { words.storeRelaxed(slotIndex * 2 + 1, Self.held) }

    func letGo(_ slotIndex: Int) { words.storeRelaxed(slotIndex * 2 + 1, 0) }

    func isHeld(_ slotIndex: Int) -> Bool { words.loadRelaxed(slotIndex * 2 + 1) == Self.held }
}
