import Addresses

/// Who has which address in the kernel and on the disk, as far as the committer has come; and which addresses the present
/// batch is about.
struct RoutedBindings: Sendable {
    /// Two words a slot: the client with bit 63 set, or 0; the number of the last batch that the slot was in.
    private let words: AtomicWords
    private var batchNumber: UInt64 = 0

    /// Takes over what the table holds at the start.
    init(_ table: LeaseTable) {
        words = AtomicWords(count: table.count * 2)
        for slotIndex in 0..<table.count {
            guard let durable = table.read(slotIndex)?.durable, durable.holder.state == .bound else { continue }
            bind(slotIndex, to: durable.holder.client)
        }
    }

    func isBound(_ slotIndex: Int, to client: MACAddress) -> Bool {
        words.loadRelaxed(slotIndex * 2) == client.rawValue | 1 << 63
    }

    func bind(_ slotIndex: Int, to client: MACAddress) { words.storeRelaxed(slotIndex * 2, client.rawValue | 1 << 63) }

    func unbind(_ slotIndex: Int) { words.storeRelaxed(slotIndex * 2, 0) }

    mutating func beginBatch() { batchNumber += 1 }

    /// Notes that the batch has a change of this address; false when it has one already.
    func enter(_ slotIndex: Int) -> Bool {
        guard words.loadRelaxed(slotIndex * 2 + 1) != batchNumber else { return false }
        words.storeRelaxed(slotIndex * 2 + 1, batchNumber)
        return true
    }
}
