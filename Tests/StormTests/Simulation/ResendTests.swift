import Addresses
import FastDHCP
import Testing

@testable import Storm

@Suite("Clients without an answer")
struct ResendTests {
    private let address = IPv4Address(10, 0, 0, 77)

    @Test("a DISCOVER is sent again after 4, 8, 16 and 32 s, each within a second, as the same transaction")
    func discover() throws {
        let dialogue = Dialogue { $0.timeout = .seconds(200) }
        let first = try dialogue.sentOne()
        var passed = 0
        for mean in [4, 8, 16, 32] {
            let wait = try #require(dialogue.waitForMessage())
            #expect((mean * 1000 - 1000...mean * 1000 + 1002).contains(wait))
            let again = try dialogue.sentOne()
            #expect((again.type, again.xid) == (.discover, first.xid))
            passed += wait
            #expect(again.secs == UInt16(passed / 1000))
        }
        #expect(dialogue.tally.resendCount == 4)
        #expect(dialogue.tally.discoverCount == 5)
    }

    @Test("the time to the OFFER counts from the first DISCOVER, lost ones included")
    func latencyOfResends() throws {
        let dialogue = Dialogue()
        _ = try dialogue.sentOne()
        let wait = try #require(dialogue.waitForMessage())
        dialogue.answer(try dialogue.sentOne(), .offer, address)
        #expect(dialogue.latencies.offer.longest >= UInt64(wait - 1) * 1_000_000)
    }

    @Test("a REQUEST is sent four times, and then the client begins again")
    func request() throws {
        let dialogue = Dialogue { $0.timeout = .seconds(300) }
        let discover = try dialogue.sentOne()
        dialogue.answer(discover, .offer, address)
        for _ in 0..<4 {
            let request = try dialogue.sentOne()
            #expect((request.type, request.xid) == (.request, discover.xid))
            #expect(dialogue.waitForMessage() != nil)
        }
        let again = try dialogue.sentOne()
        #expect(again.type == .discover)
        #expect(again.xid != discover.xid)
        #expect(dialogue.tally.resendCount == 3)
    }

    @Test("a client gives up when its time is over, and the storm ends")
    func givesUp() throws {
        let dialogue = Dialogue { $0.timeout = .seconds(30) }
        var passed = 0
        while !dialogue.isFinished {
            _ = dialogue.sent()
            passed += try #require(dialogue.waitForMessage())
        }
        #expect((30_000...30_003).contains(passed))
        let tally = dialogue.tally
        #expect((tally.lostCount, tally.completedCount, tally.discoverCount) == (1, 0, 4))
    }

    @Test("a client gives up when its own time is over, even if others make progress")
    func givesUpAlone() throws {
        let dialogue = Dialogue {
            $0.clientCount = 2
            $0.timeout = .seconds(40)
        }
        _ = dialogue.sent()
        for _ in 0..<39 { dialogue.pass(milliseconds: 1000) }
        let luckyChaddr = dialogue.chaddr(of: 1)
        let lucky = try #require(dialogue.sent().first { $0.chaddr == luckyChaddr })
        dialogue.answer(lucky, .offer, address)
        let request = try #require(dialogue.sent().first { $0.type == .request })
        dialogue.answer(request, .ack, address)
        #expect((dialogue.tally.completedCount, dialogue.tally.lostCount) == (1, 0))
        dialogue.pass(milliseconds: 1002)
        #expect(dialogue.tally.lostCount == 1)
        #expect(dialogue.isFinished)
    }

    @Test("a storm without progress for the timeout ends, and clients that have not begun count as lost")
    func standstill() throws {
        let dialogue = Dialogue {
            $0.clientCount = 500
            $0.shape = .closed(window: 2)
            $0.timeout = .seconds(30)
        }
        dialogue.pass(milliseconds: 10_000)
        dialogue.answer(dialogue.sent()[0], .offer, address)
        dialogue.answer(try dialogue.sentOne(), .ack, address)
        var passed = 0
        while !dialogue.isFinished {
            _ = dialogue.sent()
            passed += try #require(dialogue.waitForMessage())
        }
        #expect((30_000...30_002).contains(passed))
        #expect((dialogue.tally.completedCount, dialogue.tally.lostCount) == (1, 499))
    }

    @Test("an answer that comes after a client gave up is a stray")
    func tooLate() throws {
        let dialogue = Dialogue { $0.timeout = .seconds(1) }
        let discover = try dialogue.sentOne()
        dialogue.pass(milliseconds: 1500)
        #expect(dialogue.isFinished)
        dialogue.answer(discover, .offer, address)
        #expect(dialogue.tally.strayCount == 1)
        #expect(!dialogue.hasOutgoing)
    }

    @Test("the same seed resends at the same times, another seed at other times")
    func seeded() {
        func resendTimes(seed: UInt64) -> [Int] {
            let dialogue = Dialogue {
                $0.clientCount = 5
                $0.seed = seed
            }
            var times: [Int] = []
            _ = dialogue.sent()
            for _ in 0..<10 {
                times.append(dialogue.waitForMessage() ?? -1)
                _ = dialogue.sent()
            }
            return times
        }
        #expect(resendTimes(seed: 1) == resendTimes(seed: 1))
        #expect(resendTimes(seed: 1) != resendTimes(seed: 2))
    }
}
