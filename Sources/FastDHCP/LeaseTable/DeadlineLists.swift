import LinuxSystem

/// One worker's slots by the time when their state ends, so that the next slot due is found without a look at the
/// others.
///
/// All offers last equally long, and so do all declined addresses: each of these kinds is one list, in the order in
/// which the slots entered it. Leases may differ. They are in a wheel of one-second buckets. A lease that ends beyond
/// the wheel's 68 minutes is skipped until its turn comes.
///
/// All lists are linked through one array: node `i < slotCount` is a slot, and the nodes after the slots are the
/// anchors of the lists. A word holds the next node in the upper half and the previous one in the lower half, both
/// exclusive-or the node itself. So zero, the initial value of the memory, points at the node itself. That is right for
/// a slot in no list and for an empty list.
struct DeadlineLists: ~Copyable {
    static let bucketCount = 4096

    enum List: Equatable {
        case offered
        case declined
        case lease(bucket: Int)

        /// The bucket of a lease that ends at `deadline`.
        static func lease(endingAt deadline: BootTime) -> List {
            .lease(bucket: Int(truncatingIfNeeded: deadline.milliseconds / 1000) & (bucketCount - 1))
        }
    }

    private let links: AtomicWords
    private let slotCount: Int

    init(slotCount: Int) {
        precondition(slotCount < UInt32.max - UInt32(Self.bucketCount + 2), "node numbers have 32 bits")
        self.slotCount = slotCount
        links = AtomicWords(count: slotCount + 2 + Self.bucketCount)
    }

    /// The slot that entered the list first.
    @inline(__always)
    func first(_ list: List) -> Int? { slot(next(anchor(list))) }

    /// The slot after `slotIndex` in its list.
    @inline(__always)
    func slot(after slotIndex: Int) -> Int? { slot(next(slotIndex)) }

    /// Moves a slot from whatever list it is in to the end of `list`.
    @inline(__always)
    mutating func append(_ slotIndex: Int, to list: List) {
        remove(slotIndex)
        let anchor = anchor(list)
        let last = previous(anchor)
        setLinks(slotIndex, next: anchor, previous: last)
        setLinks(last, next: slotIndex, previous: previous(last))
        setLinks(anchor, next: next(anchor), previous: slotIndex)
    }

    /// Takes a slot out of its list, if it is in one.
    @inline(__always)
    mutating func remove(_ slotIndex: Int) {
        // Zero points at the node itself: the slot is in no list.
        guard links.loadRelaxed(slotIndex) != 0 else { return }
        let next = next(slotIndex)
        let previous = previous(slotIndex)
        setLinks(previous, next: next, previous: self.previous(previous))
        setLinks(next, next: self.next(next), previous: previous)
        setLinks(slotIndex, next: slotIndex, previous: slotIndex)
    }

    @inline(__always)
    private func anchor(_ list: List) -> Int {
        switch list {
        case .offered: slotCount
        case .declined: slotCount + 1
        case .lease(let bucket): slotCount + 2 + bucket
        }
    }

    @inline(__always)
    private func slot(_ node: Int) -> Int? { node < slotCount ? node : nil }

    @inline(__always)
    private func next(_ node: Int) -> Int { Int(links.loadRelaxed(node) >> 32) ^ node }

    @inline(__always)
    private func previous(_ node: Int) -> Int { Int(links.loadRelaxed(node) & 0xFFFF_FFFF) ^ node }

    @inline(__always)
    private mutating func setLinks(_ node: Int, next: Int, previous: Int) {
        links.storeRelaxed(node, UInt64(next ^ node) << 32 | UInt64(previous ^ node))
    }
}
