import Addresses
import FastDHCP
import Testing

@testable import Storm

@Suite("Many clients against a server that loses messages")
struct ServerSimulationTests {
    @Test("10,000 clients all get a lease from a server that loses one message in five, and the counts agree")
    func lossyServer() {
        let dialogue = Dialogue {
            $0.clientCount = 10_000
            $0.timeout = .seconds(3600)
        }
        let noise = SeededNoise(seed: 21)
        var sentCount = 0
        while !dialogue.isFinished {
            for message in dialogue.sent() {
                sentCount += 1
                guard noise(UInt64(sentCount)) % 5 != 0 else { continue }
                let address = Reflector.address(for: message.chaddr)
                dialogue.answer(message, message.type == .discover ? .offer : .ack, address)
            }
            if !dialogue.hasOutgoing { dialogue.pass(milliseconds: 10) }
        }
        let tally = dialogue.tally
        #expect((tally.completedCount, tally.lostCount, tally.duplicateCount, tally.strayCount) == (10_000, 0, 0, 0))
        #expect(tally.ackCount == 10_000)
        // A client whose REQUEST was lost four times has begun again.
        #expect((10_000...10_100).contains(tally.offerCount))
        #expect(tally.discoverCount + tally.requestCount == sentCount)
        #expect(sentCount - tally.resendCount >= 20_000)
        #expect(dialogue.latencies.lease.count == 10_000)
    }
}
