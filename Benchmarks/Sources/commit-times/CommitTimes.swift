import Addresses
import FastDHCP
import Glibc
import Synchronization

/// Measures how long VMs wait for the disk while leases of a small pool come and go, so that the journal is compacted again
/// and again.
///
/// In bursts, VMs lease addresses and give them back, through the daemon's own engine, committer and journal, without routes.
/// The measured time runs from the moment a lease is due until it is on disk, which is when its ACK is sent.
@main
struct CommitTimes {
    private static let usage = """
        usage: commit-times DIRECTORY [RATE [SECONDS [PERIOD]]]
          RATE leases a second (4000), for SECONDS seconds (40), in a burst every PERIOD milliseconds (50)
        """
    private static let clientCount = 512
    private static let gateway = IPv4Address(10, 0, 0, 1)
    private static let subnet = IPv4Network(containing: gateway, prefixLength: 16)

    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        let numbers = arguments.dropFirst().map { Int($0) ?? 0 }
        guard let directory = arguments.first, numbers.allSatisfy({ $0 > 0 }), numbers.count <= 3 else {
            print(usage)
            exit(2)
        }
        let load = [4000, 40, 50].enumerated().map { numbers.count > $0 ? numbers[$0] : $1 }
        let counters = JournalCounters()
        let server = try makeServer(in: directory, counters)
        let rewriteCount = counters.replacementCount
        let times = Times()
        await storm(server, rate: load[0], seconds: load[1], period: load[2], times)
        server.stop()
        print("\(counters.replacementCount - rewriteCount) compactions, \(times.refusedCount) leases refused")
        print(times.summary)
    }

    private static func makeServer(in directory: String, _ counters: JournalCounters) throws -> Server {
        let table = LeaseTable(
            pool: (1...UInt32(clientCount)).map { IPv4Address(rawValue: gateway.rawValue + $0) })
        let journal = try Journal.open(
            FileJournalStorage(inDirectory: directory), table: table, pool: subnet, quarantineMilliseconds: 86_400_000,
            generation: 1, counters: counters)
        let options = try ConfiguredOptions([(.subnetMask, [255, 255, 0, 0])])
        let engine = EngineConfiguration(
            serverAddress: gateway, subnet: subnet, leaseSeconds: 86_400, options: options)
        return try Server(
            Server.Configuration(engine: engine, hashKey: 7), table: table, observers: [], journal: journal,
            routes: NoRoutes())
    }

    private static func storm(_ server: Server, rate: Int, seconds: Int, period: Int, _ times: Times) async {
        let start = ContinuousClock.now
        let burstSize = max(rate * period / 1000, 1)
        await withDiscardingTaskGroup { group in
            for burst in 0..<seconds * 1000 / period {
                let due = start + .milliseconds(burst * period)
                try? await Task.sleep(until: due, clock: .continuous)
                for index in burst * burstSize..<(burst + 1) * burstSize {
                    let client = MACAddress(rawValue: 0x5254_0000_0000 + UInt64(index % clientCount))
                    group.addTask {
                        if case .granted = await server.lease(to: client, nil) {
                            times.record(ContinuousClock.now - due)
                            _ = await server.release(client)
                        } else {
                            times.recordRefusal()
                        }
                    }
                }
            }
        }
    }
}

/// Collects the times of the leases.
private final class Times: Sendable {
    private let microseconds = Mutex<[Int]>([])
    private let refusals = Mutex(0)

    var refusedCount: Int { refusals.withLock { $0 } }

    func record(_ time: Duration) { microseconds.withLock { $0.append(Int(time / .microseconds(1))) } }
    func recordRefusal() { refusals.withLock { $0 += 1 } }

    var summary: String {
        let sorted = microseconds.withLock { $0.sorted() }
        guard let longest = sorted.last else { return "no lease was granted" }
        let parts = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)].map { name, share in
            "\(name) \(sorted[Int(Double(sorted.count - 1) * share)])"
        }
        return "\(sorted.count) leases, microseconds: \(parts.joined(separator: ", ")), longest \(longest)"
    }
}
