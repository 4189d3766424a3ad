import Addresses
import FastDHCP
import Testing

@testable import Storm

@Suite("Clients behind several interfaces")
struct InterfaceTests {
    private let address = IPv4Address(10, 0, 0, 10)

    @Test("clients are behind the interfaces in turn")
    func turns() {
        let dialogue = Dialogue(interfaces: [7, 5, 9]) { $0.clientCount = 7 }
        var interfaces: [Int32] = []
        while let interface = dialogue.nextInterface {
            interfaces.append(interface)
            dialogue.sendNext()
        }
        #expect(interfaces == [7, 5, 9, 7, 5, 9, 7])
    }

    @Test("a reply on another interface than the client's counts as flooded, and not as an answer")
    func flooded() throws {
        let dialogue = Dialogue(interfaces: [7, 5]) { $0.clientCount = 2 }
        let discovers = dialogue.sent()
        let offer = discovers[1].reply(.offer, address)
        dialogue.receive(offer, by: 7)
        #expect(dialogue.nextInterface == nil)
        #expect((dialogue.tally.floodedCount, dialogue.tally.offerCount) == (1, 0))
        dialogue.receive(offer, by: 5)
        #expect(dialogue.nextInterface == 5)
        let request = try dialogue.sentOne()
        #expect(request.chaddr == dialogue.chaddr(of: 1))
        // Late copies count as flooded too, even if the client has its answer.
        dialogue.receive(offer, by: 7)
        dialogue.receive(request.reply(.ack, address), by: 5)
        dialogue.receive(request.reply(.ack, address), by: 7)
        let tally = dialogue.tally
        #expect((tally.floodedCount, tally.ackCount, tally.completedCount, tally.strayCount) == (3, 1, 1, 0))
    }
}
