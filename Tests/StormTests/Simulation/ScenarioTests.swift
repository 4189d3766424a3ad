import Addresses
import FastDHCP
import Testing

@testable import Storm

@Suite("What clients do in their turn")
struct ScenarioTests {
    private let address = IPv4Address(10, 0, 0, 10)

    @Test("renew: clients get leases first, which is not measured, then ask their server alone for more time")
    func renew() throws {
        let dialogue = Dialogue {
            $0.scenario = .renew
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

    @Test("renew: a server that does not answer is followed by asking any, in REBINDING")
    func rebind() throws {
        let dialogue = Dialogue {
            $0.scenario = .renew
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
        let dialogue = Dialogue { $0.scenario = .renew }
        try dialogue.lease()
        dialogue.answer(try dialogue.sentOne(), .nak, address)
        #expect(dialogue.waitForMessage() != nil)
        #expect(try dialogue.sentOne().type == .discover)
        #expect(dialogue.holder(of: address) == nil)
    }

    @Test("init-reboot: clients ask for the address that they remember, of any server")
    func initReboot() throws {
        let dialogue = Dialogue { $0.scenario = .initReboot }
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
        let dialogue = Dialogue { $0.scenario = .release }
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

    @Test("with a duration, clients that are done begin again until it is over")
    func repetition() throws {
        let dialogue = Dialogue {
            $0.scenario = .release
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
            $0.scenario = .renew
            $0.timeout = .seconds(1)
        }
        _ = dialogue.sent()
        dialogue.pass(milliseconds: 1100)
        #expect(dialogue.isFinished)
        #expect(dialogue.tally.lostCount == 1)
    }
}

extension StormTally {
    /// Nothing but rounds that have begun.
    static func zero(started: Int) -> StormTally {
        var tally = StormTally()
        tally.startedCount = started
        return tally
    }
}
