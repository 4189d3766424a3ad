import LinuxSystem
import Logging
import Node
import Synchronization

/// Keeps the node as pool.json says: looks at it, and changes only what is not as it should be.
final class NodeKeeper: Sendable {
    let setup: NodeSetup
    private let log: Logger
    private let state = Mutex(State())

    private struct State {
        /// Whether the node was set up once. From then on, each step puts something back.
        var isSetUp = false
        var interfaces = NodeInterfaces()
        /// What is right, of what was looked at.
        var isRight: [NodeItem: Bool] = [:]
        var repairCounts: [NodeItem: UInt64] = [:]
        var damper = RepairDamper()
        var warnings: [String] = []
    }

    /// How long to wait before the next look if the kernel reports nothing: not everything that may change is reported.
    static let intervalMilliseconds: UInt64 = 30_000

    init(_ setup: NodeSetup, log: Logger) {
        self.setup = setup
        self.log = log
    }

    /// The interfaces at the last look.
    var interfaces: NodeInterfaces { state.withLock { $0.interfaces } }

    /// How many of the secondary NICs exist.
    var presentNICCount: Int { setup.secondaryNICs.count { interfaces[$0] != nil } }

    /// Whether each item is right, and how often it was put back.
    var report: [(item: NodeItem, isRight: Bool, repairCount: UInt64)] {
        state.withLock { state in
            setup.items.map { ($0, state.isRight[$0] ?? false, state.repairCounts[$0] ?? 0) }
        }
    }

    /// Ends the set-up by a start. What was missing before is no repair.
    func endSetup() {
        state.withLock { state in
            state.isSetUp = true
            state.repairCounts = [:]
            state.damper = RepairDamper()
        }
    }

    // MARK: Looking

    /// Sets up everything but the iptables rules, which another program reads and writes.
    /// - Throws: the first failure. What comes after it is set up all the same.
    /// - Returns: after how many milliseconds to look again.
    @discardableResult
    func keepInterfaces() async throws -> UInt64 {
        let found = try NodeState.readWithoutRules(for: setup)
        let plan = try setup.plan(for: found)
        let news = state.withLock { state in
            state.interfaces = found.interfaces
            defer { state.warnings = plan.warnings }
            return plan.warnings.filter { !state.warnings.contains($0) }
        }
        for warning in news { log.warning("\(warning)") }
        return try await take(plan.steps, of: setup.items.filter { $0 != .rules })
    }

    /// Sets up the iptables rules. It takes as long as the host's tools take.
    @discardableResult
    func keepRules() async throws -> UInt64 {
        guard let rules = setup.rules else { return Self.intervalMilliseconds }
        do {
            let ruleset = try await IPTables.read(for: rules)
            return try await take(setup.planOfRules(for: ruleset).steps, of: [.rules])
        } catch {
            state.withLock { $0.isRight[.rules] = false }
            throw error
        }
    }

    /// Counts a repair that was made without a look.
    func recordRepair(of item: NodeItem) { state.withLock { $0.repairCounts[item, default: 0] += 1 } }

    // MARK: Repairing

    private func take(_ steps: [NodeStep], of items: [NodeItem]) async throws -> UInt64 {
        var failure: (any Error)?
        var next = Self.intervalMilliseconds
        for item in items {
            let steps = steps.filter { setup.item(of: $0) == item }
            let now = BootTime.now()
            guard steps.isEmpty || state.withLock({ $0.damper.mayRepair(item, now: now) }) else {
                state.withLock { $0.isRight[item] = false }
                next = min(next, RepairDamper.pauseMilliseconds)
                continue
            }
            do {
                for step in steps {
                    try await step.apply()
                    announce(step)
                }
                if !steps.isEmpty { recordRepair(of: item, now: now) }
                state.withLock { $0.isRight[item] = true }
            } catch {
                state.withLock { $0.isRight[item] = false }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return next
    }

    private func announce(_ step: NodeStep) {
        var metadata: Logger.Metadata = ["because": "\(step.reason)"]
        if !step.details.isEmpty { metadata["details"] = "\(step.details.joined(separator: ", "))" }
        log.log(level: state.withLock(\.isSetUp) ? .notice : .info, "\(step.summary)", metadata: metadata)
    }

    private func recordRepair(of item: NodeItem, now: BootTime) {
        let beginsFight = state.withLock { state in
            state.repairCounts[item, default: 0] += 1
            return state.damper.recordRepair(of: item, now: now)
        }
        guard beginsFight else { return }
        log.warning(
            "another program keeps changing what VMs need; it is put back less often from now on",
            metadata: ["item": "\(item.rawValue)", "pause": "\(RepairDamper.pauseMilliseconds / 1000)s"])
    }
}
