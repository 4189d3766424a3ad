import FastDHCP
import LinuxSystem

/// Elements go from one thread to another through the queue. Nothing else synchronizes the two threads, so the thread
/// sanitizer finds a race in the queue.
struct QueueHandover {
    let ledger: Ledger
    private let tally = Tally()

    /// Has the same number in all words, so that a torn element shows.
    private struct Element {
        var first: UInt64
        var second: UInt64
        var third: UInt64

        init(_ number: UInt64) {
            first = number
            second = number
            third = number
        }

        func isWhole(_ number: UInt64) -> Bool { first == number && second == number && third == number }
    }

    init(ledger: Ledger) { self.ledger = ledger }

    func run(seconds: Double) throws {
        let queue = SingleProducerQueue<Element>(capacity: 8)
        let isOver = SharedNumber()
        let producer = try WorkerThread(name: "producer") {
            var next: UInt64 = 0
            while isOver.value == 0 {
                if queue.append(Element(next)) { next += 1 }
            }
        }
        let end = BootTime.now() + UInt64(seconds * 1000)
        var local = LocalTally()
        while BootTime.now() < end, !ledger.hasViolation {
            let count = queue.count
            for index in 0..<count {
                if !queue[index].isWhole(UInt64(local[.reads])) { ledger.report("the queue lost or tore an element") }
                local[.reads] += 1
            }
            queue.removeFirst(count)
            local[.rounds] += 1
        }
        isOver.value = 1
        producer.join()
        tally.add(local)
        tally.show("queue", [.rounds, .reads])
    }
}
