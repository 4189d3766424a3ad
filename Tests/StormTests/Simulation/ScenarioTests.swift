import Addresses
import FastDHCP
import Testing

@testable import Storm

@Suite("What clients do in each scenario")
struct ScenarioTests {
    private let address = IPv4Address(10, 0, 0, 10)

    @Test("renew: clients first get leases, which is not measured, and then renew by unicast")
    func renew() throws {
        let dialogue = Dialogue {
            $0.mix = ScenarioMix(.renew)
            $0.clientCount = 2
        }
        #expect(dialogue.phase == .preparing)
        try dialogue.lease()
        #expect(dialogue.phase == .measuring)
        #expect(dialogue.tally == StormTally.zero(started: 2))
        let requests = dialogue.sent()
        #expect(requests.count == 2)
        for (index, request) in requests.enumerated() {
            #expect(request.type == .request)
            #expect(request.ciaddr == IPv4Address(10, 0, 0, 10 + UInt8(index)))
            #expect(request.sourceAddress == request.ciaddr)
            #expect(request.destinationAddress == Dialogue.server.address)
            #expect(request.ethernetDestination == Dialogue.server.macAddress)
            #expect(request.requestedIPAddress == nil && request.serverIdentifier == nil)
            dialogue.answer(request, .ack, request.ciaddr)
        }
        let tally = dialogue.tally
        #expect(dialogue.isFinished)
        #expect((tally.completedCount, tally.discoverCount, tally.requestCount) == (2, 0, 2))
        #expect(dialogue.latencies.lease.count == 2)
        #expect(dialogue.latencies.offer.count == 0)
    }

    @Test("renew: a client whose server does not answer rebinds by broadcast")
    func rebind() throws {
        let dialogue = Dialogue {
            $0.mix = ScenarioMix(.renew)
            $0.timeout = .seconds(300)
        }
        try dialogue.lease()
        for _ in 0..<4 {
            #expect(try dialogue.sentOne().ethernetDestination == Dialogue.server.macAddress)
            #expect(dialogue.waitForMessage() != nil)
        }
        let request = try dialogue.sentOne()
        #expect((request.type, request.ciaddr) == (.request, address))
        #expect((request.ethernetDestination, request.destinationAddress) == (.broadcast, .broadcast))
        #expect(request.sourceAddress == address)
        dialogue.answer(request, .ack, address)
        #expect(dialogue.isFinished)
    }

    @Test("renew: a refused client loses its address and begins again")
    func refusedRenewal() throws {
        let dialogue = Dialogue { $0.mix = ScenarioMix(.renew) }
        try dialogue.lease()
        dialogue.answer(try dialogue.sentOne(), .nak, address)
        #expect(dialogue.waitForMessage() != nil)
        #expect(try dialogue.sentOne().type == .discover)
        #expect(dialogue.holder(of: address) == nil)
    }

    @Test("init-reboot: clients ask any server for the address that they remember")
    func initReboot() throws {
        let dialogue = Dialogue { $0.mix = ScenarioMix(.initReboot) }
        try dialogue.lease()
        let request = try dialogue.sentOne()
        #expect(request.type == .request)
        #expect(request.requestedIPAddress == address)
        #expect((request.serverIdentifier, request.ciaddr) == (nil, .unspecified))
        #expect(request.ethernetDestination == .broadcast)
        #expect(request.sourceAddress == .unspecified)
        dialogue.answer(request, .ack, address)
        #expect(dialogue.isFinished)
        #expect(dialogue.tally.duplicateCount == 0)
    }

    @Test("release: each lease is given back to its server at once")
    func release() throws {
        let dialogue = Dialogue { $0.mix = ScenarioMix(.release) }
        try dialogue.lease()
        let release = try dialogue.sentOne()
        #expect(release.type == .release)
        #expect((release.ciaddr, release.sourceAddress) == (address, address))
        #expect(release.serverIdentifier == Dialogue.server.address)
        #expect(release.ethernetDestination == Dialogue.server.macAddress)
        #expect(dialogue.isFinished)
        let tally = dialogue.tally
        #expect((tally.completedCount, tally.releaseCount) == (1, 1))
    }

    @Test("in a mix each client plays its own scenario, and only clients that need a lease get one first")
    func mix() throws {
        let mix = try ScenarioMix(parsing: "dora=1,renew=1,init-reboot=1,release=1")
        let dialogue = Dialogue {
            $0.mix = mix
            $0.clientCount = 4
        }
        #expect(dialogue.progress.clientCount == 2)
        try dialogue.lease { IPv4Address(10, 0, 0, 100 + UInt8($0)) }
        #expect(dialogue.phase == .measuring)
        let messages = dialogue.sent()
        #expect(messages.map(\.type) == [.discover, .request, .request, .discover])
        #expect(messages[1].ciaddr == IPv4Address(10, 0, 0, 100))
        #expect(messages[2].requestedIPAddress == IPv4Address(10, 0, 0, 101))
        dialogue.answer(messages[1], .ack, IPv4Address(10, 0, 0, 100))
        dialogue.answer(messages[2], .ack, IPv4Address(10, 0, 0, 101))
        for (message, last) in [(messages[0], 1), (messages[3], 2)] as [(SentMessage, UInt8)] {
            dialogue.answer(message, .offer, IPv4Address(10, 0, 0, last))
            dialogue.answer(try dialogue.sentOne(), .ack, IPv4Address(10, 0, 0, last))
        }
        #expect(try dialogue.sentOne().type == .release)
        #expect(dialogue.isFinished)
        #expect((dialogue.tally.completedCount, dialogue.tally.releaseCount) == (4, 1))
        let waits = dialogue.latencies.leaseByScenario
        #expect(waits.map(\.scenario) == [.dora, .renew, .initReboot, .release])
        #expect(waits.allSatisfy { $0.histogram.count == 1 })
        #expect(dialogue.latencies.lease.count == 4)
    }

    @Test("without a server, a mix ends when the clients that need a lease first have given up")
    func mixWithoutServer() throws {
        let mix = try ScenarioMix(parsing: "dora=1,renew=1")
        let dialogue = Dialogue {
            $0.mix = mix
            $0.clientCount = 10
            $0.timeout = .seconds(1)
        }
        _ = dialogue.sent()
        dialogue.pass(milliseconds: 1100)
        #expect(dialogue.isFinished)
        #expect((dialogue.tally.lostCount, dialogue.tally.startedCount) == (10, 5))
    }

    @Test("with a duration, clients that are done begin again until it is over")
    func repetition() throws {
        let dialogue = Dialogue {
            $0.mix = ScenarioMix(.release)
            $0.shape = .closed(window: 1)
            $0.duration = .seconds(1)
        }
        var transactions: Set<UInt32> = []
        while !dialogue.isFinished {
            dialogue.pass(milliseconds: 99)
            let discover = try dialogue.sentOne()
            #expect(transactions.insert(discover.xid).inserted)
            dialogue.answer(discover, .offer, address)
            dialogue.answer(try dialogue.sentOne(), .ack, address)
            _ = dialogue.sent()
        }
        #expect(dialogue.tally.completedCount == transactions.count)
        #expect((10...11).contains(transactions.count))
        #expect(dialogue.tally.completedInTimeCount == 10)
    }

    @Test("a preparation in which nobody gets a lease ends the storm")
    func failedPreparation() {
        let dialogue = Dialogue {
            $0.mix = ScenarioMix(.renew)
            $0.timeout = .seconds(1)
        }
        _ = dialogue.sent()
        dialogue.pass(milliseconds: 1100)
        #expect(dialogue.isFinished)
        #expect(dialogue.tally.lostCount == 1)
    }
}

extension StormTally {
    /// A tally in which rounds have begun and nothing else has happened.
    static func zero(started: Int) -> StormTally {
        var tally = StormTally()
        tally.startedCount = started
        return tally
    }
}
