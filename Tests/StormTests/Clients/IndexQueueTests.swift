import Testing

@testable import Storm

@Suite("A queue of clients")
struct IndexQueueTests {
    @Test("the queue is first in, first out, also when it wraps around")
    func order() {
        var queue = IndexQueue(capacity: 3)
        for index in 0..<100 {
            queue.append(index)
            queue.append(index + 1000)
            #expect(queue.count == 2)
            #expect(queue.popFirst() == index)
            #expect(queue.popFirst() == index + 1000)
            #expect(queue.popFirst() == nil)
            #expect(queue.isEmpty)
        }
    }
}
