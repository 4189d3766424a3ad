import Addresses
import Netlink
import NetlinkTestSupport
import Synchronization

@testable import RouteSync

/// A route synchronization on the running kernel, in a namespace of its own. Its pool is the first `count` addresses
/// after the bridge's own.
final class LiveScenario {
    let laboratory: Laboratory
    let sync: RouteSync<RouteNetlinkSocket>
    private var keeper: RouteKeeper<RouteNetlinkSocket>
    private let log: Log

    /// The events that the keeper has reported.
    private final class Log: Sendable {
        let events = Mutex<[RouteSyncEvent]>([])
    }

    /// The numbers of the pool's addresses.
    let numbers: ClosedRange<UInt32>

    init(count: UInt32 = 100) throws {
        let laboratory = try Laboratory()
        let numbers = 2...count + 1
        let log = Log()
        let sync = try RouteSync(
            interfaceName: "cni0", pool: RoutePool(numbers.map(Laboratory.address)),
            kernel: laboratory.openSocket())
        keeper = try laboratory.inside {
            try RouteKeeper(sync, reader: RouteNetlinkSocket()) { event in
                log.events.withLock { $0.append(event) }
            }
        }
        keeper.reconcile()
        (self.laboratory, self.numbers, self.log, self.sync) = (laboratory, numbers, log, sync)
    }

    var events: [RouteSyncEvent] { log.events.withLock { $0 } }

    /// Installs these addresses, each with a MAC of its own.
    func install(_ numbers: some Sequence<UInt32>) -> [RouteResult] {
        sync.apply(numbers.map { RouteChange(.install, Laboratory.address($0), macAddress($0)) })
    }

    func remove(_ numbers: some Sequence<UInt32>) -> [RouteResult] {
        sync.apply(numbers.map { RouteChange(.remove, Laboratory.address($0), macAddress($0)) })
    }

    /// Lets the keeper work until `condition` holds.
    /// - Returns: false if it does not within ten seconds.
    func keep(until condition: () throws -> Bool) throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(10)
        while try !condition() {
            guard ContinuousClock.now < deadline else { return false }
            _ = keeper.step(until: .now + .milliseconds(20))
        }
        return true
    }

    /// Reconciles as at a start.
    func reconcile() { keeper.reconcile() }

    /// Removes everything as at a teardown.
    func tearDown() { keeper.tearDown() }

    /// Runs the keeper until it is stopped.
    func run() { keeper.run() }

    /// Runs a shell command in the namespace.
    @discardableResult
    func run(_ command: String) throws -> String { try laboratory.namespace.run(command) }

    /// The addresses that `ip route` shows as ours.
    func routes() throws -> Set<String> {
        try addresses(in: run("ip route show dev cni0 proto dhcp scope link"))
    }

    /// The addresses that `ip neigh` shows as pinned by us, each with its MAC.
    func pinned() throws -> Set<String> {
        let output = try run("ip neigh show dev cni0 nud permanent | grep 'proto dhcp' || true")
        return Set(
            output.split(separator: "\n").map { line in
                let words = line.split(separator: " ")
                return words.count > 2 ? "\(words[0]) \(words[2])" : String(line)
            })
    }

    /// What `routes` shows if these numbers have routes.
    func expected(_ numbers: some Sequence<UInt32>) -> Set<String> {
        Set(numbers.map { Laboratory.address($0).description })
    }

    /// What `pinned` shows if these numbers are pinned.
    func expectedPinned(_ numbers: some Sequence<UInt32>) -> Set<String> {
        Set(numbers.map { "\(Laboratory.address($0)) \(macAddress($0))" })
    }

    private func addresses(in output: String) -> Set<String> {
        Set(output.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) })
    }
}
