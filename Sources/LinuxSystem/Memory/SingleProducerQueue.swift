public import Glibc
public import Synchronization

/// A bounded queue between two threads: one appends, one takes, neither ever waits.
///
/// Elements are written in place, and worked on in place before they are removed: a large one is never copied. Memory is
/// taken when the queue is made; the kernel backs its pages as they are first used.
///
/// `@unchecked`: an element is touched by the producer only while it is outside `head..<tail`, by the consumer only
/// while it is inside; the two positions are handed over with release and acquire.
@safe public final class SingleProducerQueue<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    public let capacity: Int
    @usableFromInline let elements: UnsafeMutablePointer<Element>
    /// How many elements were ever appended; written by the producer.
    @usableFromInline let tail = QueuePosition()
    /// How many were ever removed; written by the consumer.
    @usableFromInline let head = QueuePosition()

    /// - Precondition: `capacity` is a power of two, and zeros are a value of `Element`.
    @inlinable
    public init(capacity: Int) {
        precondition(capacity > 0 && capacity & (capacity - 1) == 0, "a queue's capacity is a power of two")
        self.capacity = capacity
        // SAFETY: owned by this object until deinit; zeros are values of the type, as the caller says.
        let memory = unsafe calloc(capacity, MemoryLayout<Element>.stride)
        guard let memory = unsafe memory else { preconditionFailure("no memory for a queue of \(capacity)") }
        unsafe elements = memory.bindMemory(to: Element.self, capacity: capacity)
    }

    @inlinable
    deinit {
        // SAFETY: allocated in init; plain memory needs no deinitialization.
        unsafe free(elements)
    }

    /// How many elements can be appended now. For the producer.
    @inlinable
    @inline(__always)
    public var room: Int {
        // ORDERING: acquiring; pairs with `removeFirst`, so that a place is written only when its reader is done.
        capacity - (tail.count.load(ordering: .relaxed) - head.count.load(ordering: .acquiring))
    }

    /// Appends an element; false when the queue is full. For the producer.
    @inlinable
    @inline(__always)
    @discardableResult
    public func append(_ element: Element) -> Bool { append { $0 = element } }

    /// Appends an element that `write` fills in, in place; false when the queue is full. For the producer.
    /// - Parameter write: gets an element that was used before, or zeros.
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

    /// How many elements wait. For the consumer; the producer's may only have grown since.
    @inlinable
    @inline(__always)
    public var count: Int {
        // ORDERING: acquiring; pairs with `append`.
        tail.count.load(ordering: .acquiring) - head.count.load(ordering: .relaxed)
    }

    /// The element at `index` behind the first, in place. For the consumer.
    /// - Precondition: `index` is below a `count` read before.
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

    /// Removes the first `count` elements. For the consumer.
    @inlinable
    @inline(__always)
    public func removeFirst(_ removedCount: Int) {
        precondition(removedCount >= 0 && removedCount <= count, "no such elements in the queue")
        // ORDERING: releasing; hands the places back to the producer.
        head.count.store(head.count.load(ordering: .relaxed) + removedCount, ordering: .releasing)
    }
}

/// A count that stands on a cache line of its own, so that the thread that writes it takes no other word away from the
/// other thread's processor.
@frozen @usableFromInline
struct QueuePosition: ~Copyable {
    /// With seven words on either side nothing else is on its line, wherever in memory the queue lies.
    @usableFromInline let before = InlineArray<7, UInt64>(repeating: 0)
    @usableFromInline let count = Atomic<Int>(0)
    @usableFromInline let after = InlineArray<7, UInt64>(repeating: 0)

    @inlinable
    init() {}
}
