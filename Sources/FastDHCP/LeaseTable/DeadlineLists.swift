import LinuxSystem

/// One worker's slots by the time their state ends, so that the next one due is found without looking at the others.
///
/// Offers and declined addresses all last equally long, so each kind is a list in order of time. Leases may differ:
/// they hang in a wheel of one-second buckets, and one that ends beyond the wheel's 68 minutes is passed over until its
/// turn comes.
///
/// All lists are threads through one array: node `i < slotCount` is a slot, the nodes behind are the lists' anchors. A
/// word holds the next node above and the previous below, both exclusive-or the node itself: so zero, which memory
/// starts with, points at itself, as a slot in no list and an empty list do.
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

    /// The slot behind `slotIndex` in its list.
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
        // Zero points at itself: it is in none.
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
