public import Glibc
public import Synchronization

/// A bounded queue between two threads: one appends and one removes. Neither ever waits.
///
/// Elements are written in place and used in place until they are removed, so a large element is never copied. Memory
/// is allocated when the queue is created. The kernel backs its pages when they are first used.
///
/// `@unchecked`: the producer accesses an element only while it is outside `head..<tail`, the consumer only while it is
/// inside. The two positions are handed over with release and acquire.
@safe public final class SingleProducerQueue<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    public let capacity: Int
    @usableFromInline let elements: UnsafeMutablePointer<Element>
    /// How many elements were ever appended. The producer writes it.
    @usableFromInline let tail = QueuePosition()
    /// How many elements were ever removed. The consumer writes it.
    @usableFromInline let head = QueuePosition()

    /// - Precondition: `capacity` is a power of two, and all zeros are a valid `Element`.
    @inlinable
    public init(capacity: Int) {
        precondition(capacity > 0 && capacity & (capacity - 1) == 0, "a queue's capacity is a power of two")
        self.capacity = capacity
        // SAFETY: this object owns the memory until deinit. The caller guarantees that all zeros are a valid element.
        let memory = unsafe calloc(capacity, MemoryLayout<Element>.stride)
        guard let memory = unsafe memory else { preconditionFailure("no memory for a queue of \(capacity)") }
        unsafe elements = memory.bindMemory(to: Element.self, capacity: capacity)
    }

    @inlinable
    deinit {
        // SAFETY: the memory was allocated in init. Elements are plain bytes and need no deinitialization.
        unsafe free(elements)
    }

    /// How many elements can be appended now. Only for the producer.
    @inlinable
    @inline(__always)
    public var room: Int {
        // ORDERING: acquiring; pairs with `removeFirst`, so a slot is written only after the consumer is done with it.
        capacity - (tail.count.load(ordering: .relaxed) - head.count.load(ordering: .acquiring))
    }

    /// Appends an element. Returns false when the queue is full. Only for the producer.
    @inlinable
    @inline(__always)
    @discardableResult
    public func append(_ element: Element) -> Bool { append { $0 = element } }

    /// Appends an element that `write` fills in place. Returns false when the queue is full. Only for the producer.
    /// - Parameter write: gets the slot's old content: an earlier element, or zeros.
    @inlinable
    @inline(__always)
    @discardableResult
    public func append(_ write: (inout Element) -> Void) -> Bool {
        guard room > 0 else { return false }
        // ORDERING: relaxed; this thread alone writes the tail.
        let position = tail.count.load(ordering: .relaxed)
        // SAFETY: the position is masked into the allocation and lies outside head..<tail.
        unsafe write(&elements[position & (capacity - 1)])
        // ORDERING: releasing; hands the element to the consumer.
        tail.count.store(position + 1, ordering: .releasing)
        return true
    }

    /// How many elements are waiting. Only for the consumer. The producer may have added more since.
    @inlinable
    @inline(__always)
    public var count: Int {
        // ORDERING: acquiring; pairs with `append`.
        tail.count.load(ordering: .acquiring) - head.count.load(ordering: .relaxed)
    }

    /// The element at `index`, counted from the first, in place. Only for the consumer.
    /// - Precondition: `index` is below a `count` that was read before.
    @inlinable
    @inline(__always)
    public subscript(index: Int) -> Element {
        _read {
            // ORDERING: relaxed; this thread alone writes the head, and `count` acquired the elements.
            let position = head.count.load(ordering: .relaxed) + index
            precondition(index >= 0 && index < count, "no such element in the queue")
            // SAFETY: the position is masked into the allocation and lies inside head..<tail.
            yield unsafe elements[position & (capacity - 1)]
        }
        _modify {
            // ORDERING: as in reading.
            let position = head.count.load(ordering: .relaxed) + index
            precondition(index >= 0 && index < count, "no such element in the queue")
            // SAFETY: as in reading.
            yield unsafe &elements[position & (capacity - 1)]
        }
    }

    /// Removes the first `removedCount` elements. Only for the consumer.
    @inlinable
    @inline(__always)
    public func removeFirst(_ removedCount: Int) {
        precondition(removedCount >= 0 && removedCount <= count, "no such elements in the queue")
        // ORDERING: releasing; hands the slots back to the producer.
        head.count.store(head.count.load(ordering: .relaxed) + removedCount, ordering: .releasing)
    }
}

/// A count on a cache line of its own. Writing it does not take any other word away from the other thread's processor.
@frozen @usableFromInline
struct QueuePosition: ~Copyable {
    /// With seven words on either side, nothing else is on the same cache line, wherever the queue is in memory.
    @usableFromInline let before = InlineArray<7, UInt64>(repeating: 0)
    @usableFromInline let count = Atomic<Int>(0)
    @usableFromInline let after = InlineArray<7, UInt64>(repeating: 0)

    @inlinable
    init() {}
}
