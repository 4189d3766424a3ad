import TestSupport
import Testing

/// A journal whose end is missing, as after the repair of a file system or after an unfinished copy.
@Suite(.needsSandbox, .endsWhenHung)
struct ShortenedJournalTests {
    @Test("a daemon starts with a journal that was cut short, and knows every lease from leases.json")
    func cut() throws {
        let host = try TestHost()
        let crowd = try RestlessCrowd(of: 140, on: host.machine(), gateway: host.gateway, seed: 0x6375_7421)
        var daemon = try host.startDaemon()
        try crowd.discover(140)
        try crowd.awaitOffers(within: .seconds(2))
        try crowd.settle(within: .seconds(5))
        #expect(crowd.ledger.promises.count == 140)
        for size in [12_288, 8256, 8192, 4096, 100] {
            #expect(try eventually { try host.leaseRows().count == 140 })
            try daemon.kill()
            // The first cut removes half of the records. Each start writes the number of records into the header, which
            // reveals the later cuts.
            try host.sandbox.run(["truncate", "--size", "\(size)", TestHost.stateDirectory + "/leases.journal"])
            daemon = try host.startDaemon()
            #expect(daemon.process.output.contains("the journal is damaged"), "\(daemon.process.output)")
            try crowd.prepareConfirmations()
            try crowd.settle(within: .seconds(5))
            #expect(crowd.ledger.lost == [] && crowd.ledger.doubled == [], "cut to \(size) bytes")
        }
    }
}
