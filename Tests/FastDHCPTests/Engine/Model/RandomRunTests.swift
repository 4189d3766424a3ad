import Testing

@testable import FastDHCP

@Suite("Any run of messages, commits, failures and time")
struct RandomRunTests {
    @Test("keeps every promise and loses no address", arguments: Seeds.first(60))
    func run(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let workerCount = Int.random(in: 1...3, using: &numbers)
        let addressCount = Int.random(in: 1...6, using: &numbers)
        let clientCount = Int.random(in: 1...addressCount + 3, using: &numbers)
        let failureShare = [1, 3, 20].randomElement(using: &numbers)!
        let server = CheckedServer(
            EngineRig(addressCount: addressCount, workerCount: workerCount, readsFrames: false) {
                $0.setLease(seconds: 100)
                $0.declineMilliseconds = 300_000
            })
        var history: [Action] = []
        for _ in 0..<1500 {
            let action = Action.random(
                clients: clientCount, addresses: addressCount, workers: workerCount, failureShare: failureShare,
                using: &numbers)
            history.append(action)
            server.perform(action)
            if server.violation != nil { break }
        }
        if server.violation == nil { server.drain() }
        if let violation = server.violation {
            Issue.record("seed \(seed), after \(history.count) actions: \(violation)\n\(history.suffix(12))")
        }
    }
}

extension Action {
    /// A random action, weighted so that leases come about now and then.
    fileprivate static func random(
        clients: Int, addresses: Int, workers: Int, failureShare: Int, using numbers: inout SeededNumbers
    ) -> Action {
        let client = Int.random(in: 0..<clients, using: &numbers)
        let address = Int.random(in: 0..<addresses, using: &numbers)
        switch Int.random(in: 0..<100, using: &numbers) {
        case 0..<15:
            return .discover(client, requesting: numbers.oneIn(2) ? address : nil, rapidCommit: numbers.oneIn(4))
        case 15..<50:
            return .request(RequestCase.allCases.randomElement(using: &numbers)!, client, address)
        case 50..<56: return .release(client, address)
        case 56..<60: return .decline(client, address)
        case 60..<61: return .inform(client, address)
        case 61..<62: return .order(client)
        case 62..<85:
            return .decide(
                worker: Int.random(in: 0..<workers, using: &numbers), isDurable: !numbers.oneIn(failureShare + 1))
        case 85..<87: return .room(numbers.oneIn(2) ? Int.random(in: 0...4, using: &numbers) : EngineRig.changeLimit)
        case 87..<88: return .wait(seconds: UInt64.random(in: 0...5000, using: &numbers))
        default: return .wait(seconds: UInt64.random(in: 0...30, using: &numbers))
        }
    }
}
