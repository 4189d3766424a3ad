import Testing

@testable import FastDHCP

@Suite("Queue of available addresses")
struct AvailableQueueTests {
    @Test("an empty queue has nothing")
    func empty() {
        #expect(AvailableQueue(capacity: 1).removeFirst() == nil)
    }

    @Test("entries leave in the order in which they came, with their stamps", arguments: [1, 2, 3, 4, 5, 100])
    func order(capacity: Int) {
        let queue = AvailableQueue(capacity: capacity)
        for slotIndex in 0..<capacity { queue.append(slotIndex, stamp: .max - UInt32(slotIndex)) }
        for slotIndex in 0..<capacity {
            let entry = queue.removeFirst()
            #expect(entry?.slotIndex == slotIndex)
            #expect(entry?.stamp == .max - UInt32(slotIndex))
        }
        #expect(queue.removeFirst() == nil)
    }

    @Test("the largest slot index and stamp survive")
    func extremes() {
        let queue = AvailableQueue(capacity: 2)
        queue.append(Int(UInt32.max), stamp: .max)
        queue.append(0, stamp: 0)
        #expect(queue.removeFirst()! == (Int(UInt32.max), .max))
        #expect(queue.removeFirst()! == (0, 0))
    }

    @Test("it wraps around many times, however full it is", arguments: [1, 2, 3, 4, 7, 8], [1, 2, 4])
    func laps(capacity: Int, step: Int) {
        let queue = AvailableQueue(capacity: capacity)
        var expected: [Int] = []
        var next = 0
        for _ in 0..<200 {
            for _ in 0..<step where expected.count < capacity {
                queue.append(next, stamp: UInt32(next))
                expected.append(next)
                next += 1
            }
            for _ in 0..<(step + next % 2) {
                let entry = queue.removeFirst()
                #expect(entry?.slotIndex == expected.first)
                if !expected.isEmpty { expected.removeFirst() }
            }
        }
    }

    @Test("it behaves like an array", arguments: Seeds.first(10))
    func model(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let capacity = Int.random(in: 1...20, using: &numbers)
        let queue = AvailableQueue(capacity: capacity)
        var model: [(Int, UInt32)] = []
        for _ in 0..<2000 {
            if Bool.random(using: &numbers), model.count < capacity {
                let entry = (
                    Int.random(in: 0..<capacity, using: &numbers), UInt32.random(in: 0...(.max), using: &numbers)
                )
                queue.append(entry.0, stamp: entry.1)
                model.append(entry)
            } else if let expected = model.first {
                #expect(queue.removeFirst()! == expected)
                model.removeFirst()
            } else {
                #expect(queue.removeFirst() == nil)
            }
        }
    }

    @Test("the smallest power of two that is large enough, and at least 2")
    func powersOfTwo() {
        #expect(
            [0, 1, 2, 3, 4, 5, 8, 9, 65_535, 65_536, 65_537].map(Int.powerOfTwo(atLeast:))
                == [2, 2, 2, 4, 4, 8, 8, 16, 65_536, 65_536, 131_072])
    }
}
