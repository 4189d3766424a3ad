/// A first-in, first-out queue of client numbers in fixed memory.
struct IndexQueue {
    private var elements: [Int32]
    private var head = 0
    private(set) var count = 0

    /// - Parameter capacity: above zero.
    init(capacity: Int) {
        elements = Array(repeating: 0, count: capacity)
    }

    var isEmpty: Bool { count == 0 }
    /// The oldest element; nil if the queue is empty.
    var first: Int? { count > 0 ? Int(elements[head]) : nil }

    /// - Precondition: the queue has room. Each client is in a queue at most once.
    mutating func append(_ index: Int) {
        precondition(count < elements.count, "a client is in a queue twice")
        var position = head + count
        if position >= elements.count { position -= elements.count }
        elements[position] = Int32(truncatingIfNeeded: index)
        count += 1
    }

    mutating func popFirst() -> Int? {
        guard count > 0 else { return nil }
        let index = Int(elements[head])
        head = head + 1 == elements.count ? 0 : head + 1
        count -= 1
        return index
    }
}
