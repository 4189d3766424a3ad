import Addresses
import FastDHCP
import Testing

@testable import Storm

@Suite("When clients begin")
struct LoadShapeTests {
    private func address(_ index: Int) -> IPv4Address { IPv4Address(rawValue: 0x0A00_0100 + UInt32(index)) }

    @Test("an avalanche begins with a burst, and no other client begins before the first one has its lease")
    func avalanche() throws {
        let dialogue = Dialogue {
            $0.clientCount = 10
            $0.shape = .avalanche(burst: 4)
        }
        let discovers = dialogue.sent()
        #expect(discovers.count == 4)
        dialogue.answer(discovers[0], .offer, address(0))
        #expect(dialogue.sent().map(\.type) == [.request])
        // The second client has its lease before the first, which may still have a frame in a ring.
        dialogue.answer(discovers[1], .offer, address(1))
        dialogue.answer(try dialogue.sentOne(), .ack, address(1))
        #expect(dialogue.sent().isEmpty)
    }

    @Test("clients of an avalanche that have no lease after 100 ms no longer hold up others")
    func lateClients() {
        let dialogue = Dialogue {
            $0.clientCount = 10
            $0.shape = .avalanche(burst: 4)
        }
        #expect(dialogue.sent().count == 4)
        dialogue.pass(milliseconds: 99)
        #expect(dialogue.sent().isEmpty)
        dialogue.pass(milliseconds: 1)
        #expect(dialogue.sent().count == 4)
        dialogue.pass(milliseconds: 100)
        #expect(dialogue.sent().count == 2)
    }

    @Test("the times of all clients of an avalanche count from its beginning, even if they begin later")
    func countsFromTheBeginning() throws {
        let dialogue = Dialogue {
            $0.clientCount = 2
            $0.shape = .avalanche(burst: 1)
        }
        dialogue.pass(milliseconds: 10)
        try dialogue.lease(address)
        dialogue.pass(milliseconds: 10)
        try dialogue.lease { _ in address(1) }
        #expect((19_900_000...20_100_000).contains(dialogue.latencies.lease.longest))
    }

    @Test("a closed loop keeps a fixed number of clients busy")
    func closed() throws {
        let dialogue = Dialogue {
            $0.clientCount = 10
            $0.shape = .closed(window: 3)
        }
        let discovers = dialogue.sent()
        #expect(discovers.count == 3)
        dialogue.answer(discovers[1], .offer, address(1))
        dialogue.answer(try dialogue.sentOne(), .ack, address(1))
        #expect(dialogue.sent().map(\.type) == [.discover])
    }

    @Test("an open loop begins a fixed number of clients a second, with answers or without")
    func open() {
        let dialogue = Dialogue {
            $0.clientCount = 1000
            $0.shape = .open(perSecond: 500)
        }
        #expect(dialogue.sent().count == 1)
        dialogue.pass(milliseconds: 100)
        #expect(dialogue.sent().count == 50)
        dialogue.pass(milliseconds: 1)
        #expect(dialogue.sent().isEmpty)
        dialogue.pass(milliseconds: 1)
        #expect(dialogue.sent().count == 1)
    }

    @Test("a client of an open loop that begins late counts from when it should have begun")
    func lateInOpenLoop() throws {
        let dialogue = Dialogue {
            $0.clientCount = 2
            $0.shape = .open(perSecond: 100)
        }
        _ = dialogue.sent()
        dialogue.pass(milliseconds: 15)
        let discover = try dialogue.sentOne()
        dialogue.answer(discover, .offer, address(1))
        dialogue.answer(try dialogue.sentOne(), .ack, address(1))
        #expect((4_990_000...5_010_000).contains(dialogue.latencies.lease.longest))
    }

    @Test("when the duration is over, no client begins, and those that have begun may finish")
    func duration() throws {
        let dialogue = Dialogue {
            $0.clientCount = 1000
            $0.shape = .open(perSecond: 10)
            $0.duration = .seconds(1)
        }
        dialogue.pass(milliseconds: 950)
        let discovers = dialogue.sent()
        #expect(discovers.count == 10)
        dialogue.pass(milliseconds: 100)
        #expect(dialogue.sent().isEmpty)
        #expect(!dialogue.isFinished)
        for (index, discover) in discovers.enumerated() { dialogue.answer(discover, .offer, address(index)) }
        for (index, request) in dialogue.sent().enumerated() { dialogue.answer(request, .ack, address(index)) }
        #expect(dialogue.isFinished)
        #expect((dialogue.tally.completedCount, dialogue.tally.completedInTimeCount) == (10, 0))
    }

    @Test("the time to the next event is at most the time to the next start, and at most 50 ms")
    func nextEvent() throws {
        let dialogue = Dialogue {
            $0.clientCount = 2
            $0.shape = .open(perSecond: 50)
        }
        #expect(dialogue.nanosecondsUntilNextEvent == 0)
        _ = dialogue.sent()
        #expect(dialogue.nanosecondsUntilNextEvent == 20_000_000)
        dialogue.pass(milliseconds: 20)
        _ = dialogue.sent()
        #expect(dialogue.nanosecondsUntilNextEvent == 50_000_000)
        let wait = try #require(dialogue.waitForMessage())
        #expect(wait > 2000)
    }

    @Test("the same seed makes the same frames, to the byte")
    func determinism() {
        func frames(seed: UInt64) -> [[UInt8]] {
            let dialogue = Dialogue {
                $0.clientCount = 50
                $0.seed = seed
            }
            var frames: [[UInt8]] = []
            for round in 0..<3 {
                let messages = dialogue.sent()
                frames += messages.map(\.frame)
                for (index, message) in messages.enumerated() where index % 3 == round {
                    dialogue.answer(message, message.type == .discover ? .offer : .ack, address(index))
                }
                dialogue.pass(milliseconds: 5000)
            }
            return frames
        }
        #expect(frames(seed: 11) == frames(seed: 11))
        #expect(frames(seed: 11) != frames(seed: 12))
    }
}
