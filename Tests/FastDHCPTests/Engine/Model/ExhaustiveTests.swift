import Glibc
import Testing

@testable import FastDHCP

/// Of two orders of events that lead to the same state only one is continued; the number of events is 5, or
/// `FASTDHCP_TEST_DEPTH`.
@Suite("Two clients and two addresses: every order of messages, commits, failures and waits")
struct ExhaustiveTests {
    private static let clients = 2
    private static let addresses = 2

    private static let actions =
        Action.messages(clients: clients, addresses: addresses) + [
            .decide(worker: 0, isDurable: true), .decide(worker: 0, isDurable: false),
            .wait(seconds: 61), .wait(seconds: UInt64(EngineRig.leaseSeconds) + 2),
        ]

    @Test("keeps every promise")
    func everyOrder() {
        var seen: Set<[Int]> = []
        var frontier: [[Action]] = [[]]
        for _ in 1...Self.depth {
            var next: [[Action]] = []
            for path in frontier {
                for action in Self.actions where isFirstOfItsKind(action, after: path) {
                    let server = run(path, then: action)
                    if let violation = server.violation {
                        Issue.record("\(violation)\n\(path + [action])")
                        return
                    }
                    if seen.insert(server.takeFingerprint(clients: Self.clients)).inserted {
                        next.append(path + [action])
                    }
                }
            }
            frontier = next
        }
        // If this shrinks, the fingerprint has become too coarse or the actions have lost their effect.
        #expect(seen.count > 10_000)
    }

    private static var depth: Int {
        // SAFETY: the environment does not change while tests run; the string is copied at once.
        guard let text = unsafe getenv("FASTDHCP_TEST_DEPTH") else { return 5 }
        return unsafe Int(String(cString: text)) ?? 5
    }

    /// Clients are alike: the one that acts first is called 0.
    private func isFirstOfItsKind(_ action: Action, after path: [Action]) -> Bool {
        action.client != 1 || path.contains { $0.client == 0 }
    }

    private func run(_ path: [Action], then action: Action) -> CheckedServer {
        let server = CheckedServer(EngineRig(addressCount: Self.addresses, readsFrames: false))
        for action in path { server.perform(action, isChecked: false) }
        server.perform(action)
        return server
    }
}
