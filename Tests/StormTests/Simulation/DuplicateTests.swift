import Addresses
import FastDHCP
import Testing

@testable import Storm

@Suite("Addresses that are given twice")
struct DuplicateTests {
    private let address = IPv4Address(10, 0, 0, 77)

    @Test("an address that is acknowledged to two clients is found, with the MACs of both")
    func found() throws {
        let dialogue = Dialogue { $0.clientCount = 3 }
        let macs = (0..<3).map { dialogue.chaddr(of: $0) }
        try dialogue.lease { $0 == 1 ? IPv4Address(10, 0, 0, 1) : address }
        #expect(dialogue.tally.duplicateCount == 1)
        let duplicate = try #require(dialogue.tally.firstDuplicate)
        #expect(duplicate == DuplicateAddress(address: address, holder: macs[0], other: macs[2]))
        #expect(duplicate.description.contains("10.0.0.77"))
    }

    @Test("an address may be given again once it was released")
    func released() throws {
        let dialogue = Dialogue {
            $0.clientCount = 2
            $0.mix = ScenarioMix(.release)
            $0.shape = .closed(window: 1)
        }
        for _ in 0..<2 {
            try dialogue.lease { _ in address }
            #expect(try dialogue.sentOne().type == .release)
        }
        #expect(dialogue.tally.completedCount == 2)
        #expect(dialogue.tally.duplicateCount == 0)
    }

    @Test("an address may be given again once its lease is over, and not a moment before")
    func expired() throws {
        for (wait, duplicates) in [(1900, 1), (2100, 0)] as [(UInt64, Int)] {
            let dialogue = Dialogue {
                $0.clientCount = 2
                $0.shape = .closed(window: 1)
            }
            dialogue.answer(try dialogue.sentOne(), .offer, address)
            dialogue.answer(try dialogue.sentOne(), .ack, address, leaseSeconds: 2)
            dialogue.answer(try dialogue.sentOne(), .offer, address)
            let request = try dialogue.sentOne()
            dialogue.pass(milliseconds: wait)
            dialogue.answer(request, .ack, address)
            #expect(dialogue.tally.duplicateCount == duplicates)
        }
    }

    @Test("an infinite lease is never over")
    func infinite() throws {
        let dialogue = Dialogue {
            $0.clientCount = 2
            $0.shape = .closed(window: 1)
        }
        dialogue.answer(try dialogue.sentOne(), .offer, address)
        dialogue.answer(try dialogue.sentOne(), .ack, address, leaseSeconds: .max)
        dialogue.answer(try dialogue.sentOne(), .offer, address)
        dialogue.answer(try dialogue.sentOne(), .ack, address, leaseSeconds: .max)
        #expect(dialogue.tally.duplicateCount == 1)
    }
}
