import Addresses
import Synchronization
import TestSupport

/// The running subject, and one VM whose interface all clients use. The whole run shares it: each test uses clients
/// with MACs of their own, and the pool is large enough for all of them.
final class Bench: Sendable {
    private static let shared = Result { try Bench() }
    private static let count = Atomic<UInt64>(0)

    private let machine: Machine
    /// The server under test and what it runs on; both end with the process.
    private let server: any Sendable

    private init() throws {
        switch Subject.current {
        case .cocoonNet:
            let host = try TestHost(subnet: Network.subnet, poolSize: Network.poolSize, isShared: true)
            server = try host.startDaemon([
                "--lease-time", "\(Network.leaseSeconds)s", "--relay", "\(Network.relay)",
            ])
            machine = try host.machine()
        case .dnsmasq, .kea, .isc:
            let host = try PeerHost()
            // Before the server: a bridge without a port has no carrier, and Kea does not listen on it.
            machine = try Machine("vm", mac: MACAddress(2, 0, 0, 0, 0, 1), on: host.sandbox, bridge: host.bridge)
            server = try host.start(Subject.current)
        }
        try waitUntilServing()
    }

    /// A client that no test has used yet.
    static func client() throws -> ScriptedClient {
        let number = nextNumber()
        return try shared.get().machine.client(MACAddress(rawValue: 0x02C0_0000_0000 | number << 8))
    }

    /// An address of the subnet, outside the pool, that no test has used yet.
    static func addressOutsidePool() -> IPv4Address {
        IPv4Address(rawValue: Network.pool.upperBound.rawValue + UInt32(1 + nextNumber() % 200))
    }

    /// Counts from 1.
    private static func nextNumber() -> UInt64 {
        // ORDERING: a plain count; nothing else is published with it.
        count.add(1, ordering: .relaxed).newValue
    }

    /// Retries a DISCOVER until the first OFFER: some subjects do not say when they are ready.
    private func waitUntilServing() throws {
        let probe = try machine.client()
        probe.patience = .milliseconds(100)
        guard try eventually(within: .seconds(10), { try probe.discover() != nil }) else {
            throw ExchangeError("\(Subject.current.title) does not answer")
        }
    }
}
