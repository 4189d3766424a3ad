import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("Deadline lists")
struct DeadlineListsTests {
    private static let someLists: [DeadlineLists.List] = [
        .offered, .declined, .lease(bucket: 0), .lease(bucket: 1), .lease(bucket: DeadlineLists.bucketCount - 1),
    ]

    @Test("a new set of lists is empty")
    func empty() {
        let lists = DeadlineLists(slotCount: 3)
        for list in Self.someLists { #expect(lists.first(list) == nil) }
    }

    @Test("slots leave a list in the order in which they entered it")
    func order() {
        var lists = DeadlineLists(slotCount: 4)
        for slotIndex in [2, 0, 3] { lists.append(slotIndex, to: .offered) }
        #expect(lists.content(of: .offered) == [2, 0, 3])
        lists.append(2, to: .offered)
        #expect(lists.content(of: .offered) == [0, 3, 2])
    }

    @Test("a slot is in one list at a time")
    func exclusive() {
        var lists = DeadlineLists(slotCount: 4)
        for list in Self.someLists {
            lists.append(1, to: list)
            #expect(Self.someLists.filter { lists.content(of: $0) == [1] } == [list])
        }
    }

    @Test("removing a slot that is in no list changes nothing")
    func removeTwice() {
        var lists = DeadlineLists(slotCount: 4)
        lists.append(0, to: .declined)
        lists.remove(3)
        lists.remove(0)
        lists.remove(0)
        #expect(lists.first(.declined) == nil)
    }

    @Test("the bucket of a lease follows its second and comes round again after 4096 s")
    func buckets() {
        func bucket(_ milliseconds: UInt64) -> DeadlineLists.List {
            .lease(endingAt: BootTime(milliseconds: milliseconds))
        }
        #expect(bucket(0) == bucket(999))
        #expect(bucket(999) != bucket(1000))
        #expect(bucket(1000) == bucket(1000 + 4_096_000))
        #expect(bucket(.max) == .lease(bucket: Int(UInt64.max / 1000 % 4096)))
    }

    @Test("they behave like arrays", arguments: Seeds.first(10))
    func model(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let slotCount = Int.random(in: 1...12, using: &numbers)
        var lists = DeadlineLists(slotCount: slotCount)
        var model = [[Int]](repeating: [], count: Self.someLists.count)
        for _ in 0..<1000 {
            let slotIndex = Int.random(in: 0..<slotCount, using: &numbers)
            for position in model.indices { model[position].removeAll { $0 == slotIndex } }
            if numbers.oneIn(3) {
                lists.remove(slotIndex)
            } else {
                let position = model.indices.randomElement(using: &numbers)!
                lists.append(slotIndex, to: Self.someLists[position])
                model[position].append(slotIndex)
            }
            for (position, list) in Self.someLists.enumerated() {
                #expect(lists.content(of: list) == model[position])
            }
        }
    }
}

extension DeadlineLists {
    /// All slots of a list, in order.
    fileprivate func content(of list: List) -> [Int] {
        var content: [Int] = []
        var next = first(list)
        while let slotIndex = next {
            content.append(slotIndex)
            next = slot(after: slotIndex)
        }
        return content
    }
}
