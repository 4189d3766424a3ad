import Addresses
import FastDHCP
import FoundationEssentials
import ClientSettings
import Logging
import Node
import Synchronization

/// Applies a changed pool.json without interrupting service. The file is read and checked as a whole. Then either all of it
/// takes effect with the workers' next batch, or nothing does.
final class Reloader: Sendable {
    private let stateDirectory: String
    /// The pool with which the daemon was started.
    private let running: Pool
    /// The flags of the command line, which win over the file.
    private let interface: String?
    private let leaseTime: LeaseTime?
    private let server: Server
    private let log: Logger
    private let state: Mutex<State>
    private let acceptedTotal = Atomic<UInt64>(0)
    private let refusedTotal = Atomic<UInt64>(0)

    private struct State {
        var settings: PoolSettings
        var host: HostProperties
        var loadedAt: Date
    }

    /// What a reload changed.
    struct Change {
        let generation: UInt32
        /// The fields that differ, such as `options.dns`.
        let fields: [String]
    }

    /// Another reload is in progress.
    struct Busy: Error {}

    init(
        _ settings: PoolSettings, of running: Pool, on host: HostProperties, for command: DaemonCommand, server: Server,
        log: Logger
    ) {
        stateDirectory = command.stateDir
        interface = command.interface
        leaseTime = command.leaseTime
        self.running = running
        self.server = server
        self.log = log
        state = Mutex(State(settings: settings, host: host, loadedAt: .now))
        warn(host.ownAddresses)
    }

    // ORDERING: relaxed; only statistics.
    var acceptedCount: UInt64 { acceptedTotal.load(ordering: .relaxed) }
    var refusedCount: UInt64 { refusedTotal.load(ordering: .relaxed) }
    var loadedAt: Date { state.withLock { $0.loadedAt } }

    /// Reads pool.json again and applies it.
    /// - Throws: `BadInput` with the wrong field, or `Busy`. Nothing has changed then.
    func reload() throws -> Change {
        do {
            let change = try state.withLockIfAvailable { state in
                let change = try load(&state)
                state.loadedAt = .now
                return change
            }
            guard let change else { throw Busy() }
            // ORDERING: relaxed; as above.
            acceptedTotal.wrappingAdd(1, ordering: .relaxed)
            log.notice(
                "reloaded",
                metadata: [
                    "generation": "\(change.generation)",
                    "changed": "\(change.fields.isEmpty ? "nothing" : change.fields.joined(separator: " "))",
                ])
            return change
        } catch {
            if error is Busy { throw error }
            // ORDERING: relaxed; as above.
            refusedTotal.wrappingAdd(1, ordering: .relaxed)
            log.error("the reload failed; nothing has changed", metadata: ["error": "\(error)"])
            throw error
        }
    }

    private func load(_ state: inout State) throws -> Change {
        var pool = try Pool.loadForService(from: stateDirectory)
        if let interface { pool.interface = interface }
        if let problem = PoolSettings.problem(withReloading: pool, over: running) { throw problem }
        let settings = try PoolSettings(pool, stateDirectory: stateDirectory)
        let host = HostProperties(try NodeInterfaces.read(), pool)
        let policy = try policy(settings, host)
        for warning in [pool.warning].compactMap({ $0 }) + settings.warnings(of: policy) { log.warning("\(warning)") }
        let fields = settings.changes(since: state.settings)
        server.adopt(policy)
        state.settings = settings
        state.host = host
        return Change(generation: policy.generation, fields: fields)
    }

    private func policy(_ settings: PoolSettings, _ host: HostProperties) throws -> ClientPolicy {
        try settings.policy(
            generation: server.policies.generation + 1, leaseTime: leaseTime?.seconds,
            setAside: Set(host.ownAddresses.keys), mtu: host.mtu)
    }

    // MARK: Following the host

    /// Applies the settings anew if they depend on something that has changed on the host: its addresses in the pool, or
    /// the MTU of the primary NIC.
    func follow(_ interfaces: NodeInterfaces) {
        state.withLock { state in
            let host = HostProperties(interfaces, running)
            guard host != state.host else { return }
            do {
                server.adopt(try policy(state.settings, host))
            } catch {
                return log.error("cannot follow a change of the host's interfaces", metadata: ["error": "\(error)"])
            }
            let former = state.host.ownAddresses
            state.host = host
            warn(host.ownAddresses.filter { former[$0.key] == nil })
            let free = former.keys.filter { host.ownAddresses[$0] == nil }
            if !free.isEmpty {
                log.notice(
                    "addresses of the pool are no longer the host's own; VMs can have them again",
                    metadata: ["addresses": "\(free.map(\.description).sorted().joined(separator: " "))"])
            }
        }
    }

    /// Says once of each address that it is the host's own, and loudly if a VM has it.
    private func warn(_ own: [IPv4Address: String]) {
        for (address, interface) in own.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let metadata: Logger.Metadata = ["address": "\(address)", "interface": "\(interface)"]
            let slot = server.table.slotIndex(of: address).flatMap { server.table.read($0) }
            if let slot, slot.owner.state == .bound {
                log.error(
                    """
                    an address of the pool is the host's own, and a VM has a lease of it: the VM cannot be reached, and is \
                    refused when it renews; remove the address from the interface, or from the pool
                    """, metadata: metadata.merging(["mac": "\(slot.owner.client)"]) { own, _ in own })
            } else {
                log.warning("an address of the pool is the host's own, so no VM gets it", metadata: metadata)
            }
        }
    }
}
