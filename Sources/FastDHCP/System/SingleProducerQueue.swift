import Glibc
import Synchronization

/// A bounded queue between two threads: one appends, one takes, neither ever waits.
///
/// Elements are written in place, and worked on in place before they are removed: a large one is never copied. Memory is
/// taken when the queue is made; the kernel backs its pages as they are first used.
///
/// `@unchecked`: an element is touched by the producer only while it is outside `head..<tail`, by the consumer only
/// while it is inside; the two positions are handed over with release and acquire.
@safe public final class SingleProducerQueue<Element: Sendable>: @unchecked Sendable {
    public let capacity: Int
    private let elements: UnsafeMutablePointer<Element>
    /// How many elements were ever appended; written by the producer.
    private let tail = Atomic<Int>(0)
    /// How many were ever removed; written by the consumer.
    private let head = Atomic<Int>(0)

    /// - Precondition: `capacity` is a power of two, and `Element` is plain memory of which zeros are a value.
    public init(capacity: Int) {
        precondition(capacity > 0 && capacity & (capacity - 1) == 0, "a queue's capacity is a power of two")
        precondition(_isPOD(Element.self), "a queue's elements are plain memory")
        self.capacity = capacity
        // SAFETY: owned by this object until deinit; zeros are values of the type, as the caller says.
        let memory = unsafe calloc(capacity, MemoryLayout<Element>.stride)
        guard let memory = unsafe memory else { preconditionFailure("no memory for a queue of \(capacity)") }
        unsafe elements = memory.bindMemory(to: Element.self, capacity: capacity)
    }

    deinit {
        // SAFETY: allocated in init; plain memory needs no deinitialization.
        unsafe free(elements)
    }

    /// How many elements can be appended now. For the producer.
    @inline(__always)
    public var room: Int {
        // ORDERING: acquiring; pairs with `removeFirst`, so that a place is written only when its reader is done.
        capacity - (tail.load(ordering: .relaxed) - head.load(ordering: .acquiring))
    }

    /// Appends an element; false when the queue is full. For the producer.
    @inline(__always)
    @discardableResult
    public func append(_ element: Element) -> Bool { append { $0 = element } }

    /// Appends an element that `write` fills in, in place; false when the queue is full. For the producer.
    /// - Parameter write: gets an element that was used before, or zeros.
    @inline(__always)
    @discardableResult
    public func append(_ write: (inout Element) -> Void) -> Bool {
        guard room > 0 else { return false }
        // ORDERING: relaxed; this thread alone writes the tail.
        let position = tail.load(ordering: .relaxed)
        // SAFETY: the position is masked into the allocation and lies outside head..<tail.
        unsafe write(&elements[position & (capacity - 1)])
        // ORDERING: releasing; hands the element to the consumer.
        tail.store(position + 1, ordering: .releasing)
        return true
    }

    /// How many elements wait. For the consumer; the producer's may only have grown since.
    @inline(__always)
    public var count: Int {
        // ORDERING: acquiring; pairs with `append`.
        tail.load(ordering: .acquiring) - head.load(ordering: .relaxed)
    }

    /// The element at `index` behind the first, in place. For the consumer.
    /// - Precondition: `index` is below a `count` read before.
    @inline(__always)
    public subscript(index: Int) -> Element {
        _read {
            // ORDERING: relaxed; this thread alone writes the head, and `count` acquired the elements.
            let position = head.load(ordering: .relaxed) + index
            precondition(index >= 0 && index < count, "no such element in the queue")
            // SAFETY: the position is masked into the allocation and lies inside head..<tail.
            yield unsafe elements[position & (capacity - 1)]
        }
        _modify {
            // ORDERING: as in reading.
            let position = head.load(ordering: .relaxed) + index
            precondition(index >= 0 && index < count, "no such element in the queue")
            // SAFETY: as in reading.
            yield unsafe &elements[position & (capacity - 1)]
        }
    }

    /// Removes the first `count` elements. For the consumer.
    @inline(__always)
    public func removeFirst(_ removedCount: Int) {
        precondition(removedCount >= 0 && removedCount <= count, "no such elements in the queue")
        // ORDERING: releasing; hands the places back to the producer.
        head.store(head.load(ordering: .relaxed) + removedCount, ordering: .releasing)
    }
}
