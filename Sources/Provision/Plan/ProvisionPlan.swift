package import Glibc
import LinuxSystem
package import Node

/// What a command is going to do, step by step, and what the operator should know about it.
///
/// The plan is computed from the current state of the cloud, the node and the files. Computing it changes nothing.
package struct ProvisionPlan: Sendable {
    package var steps: [ProvisionStep]
    /// What the operator should look into; the steps do not solve these problems.
    package var warnings: [String]
    /// What the operator does next.
    package var outlook: [String]
    /// The daemon's pid file, if no daemon may run while the steps are performed.
    var pidFile: String?
    /// The pool while the steps change it; nil if no step does.
    var book: PoolBook?
    /// The node that the steps are for, and its state directory.
    var node: any NodeAccess
    var stateDirectory: String
    /// The expected last steps, for display, where the steps before them decide what is really needed.
    var forecast: [ProvisionStep] = []
    /// Computes the real last steps, once all others are done.
    var followUp: (@Sendable () async throws -> [ProvisionStep])?
    /// Makes another plan if the chosen subnet turns out to be taken.
    var alternative: (@Sendable () async throws -> ProvisionPlan)?

    init(
        steps: [ProvisionStep] = [], warnings: [String] = [], outlook: [String] = [], for site: ProvisionSite
    ) {
        self.steps = steps
        self.warnings = warnings
        self.outlook = outlook
        node = site.node
        stateDirectory = site.paths.stateDirectory
    }

    /// The steps, numbered, each with its reason.
    package var text: String {
        let steps = steps + forecast
        guard !steps.isEmpty else { return "There is nothing to do.\n" }
        var text = ""
        for (index, step) in steps.enumerated() { text += "\(index + 1). \(step.line)\n" }
        return text
    }

    /// The steps, warnings and outlook for programs.
    package var json: JSON {
        .object([
            JSON.Member("steps", .array((steps + forecast).map(\.json))),
            JSON.Member("warnings", .strings(warnings)),
            JSON.Member("outlook", .strings(outlook)),
        ])
    }

    /// Performs the steps in order and reports each one when it is done. After an error or a kill, running the same
    /// command again plans what is left.
    package func apply(reporting report: (ProvisionStep) -> Void) async throws {
        guard let pidFile else { return try await applyOrReplan(reporting: report) }
        var rest = self
        let place: DaemonPIDFile
        if case .stopDaemon(let pid)? = steps.first {
            place = try Self.replaceDaemon(pid, at: pidFile)
            report(rest.steps.removeFirst())
        } else {
            place = try Self.takePlace(at: pidFile)
        }
        do {
            try await rest.applyOrReplan(reporting: report)
        } catch {
            place.remove()
            throw error
        }
        place.remove()
    }

    /// Stops the daemon and takes its place. If a service manager is faster and starts another one, that one is stopped
    /// too.
    private static func replaceDaemon(_ pid: pid_t, at path: String) throws -> DaemonPIDFile {
        let deadline = ContinuousClock.now + .seconds(30)
        var stopped: pid_t?
        var running = pid
        while true {
            if running != stopped { kill(running, SIGTERM) }
            stopped = running
            do throws(DaemonPIDFileError) {
                return try DaemonPIDFile(claiming: path, patienceMilliseconds: 100)
            } catch {
                guard case .running(let other, _) = error, ContinuousClock.now < deadline else {
                    throw stillRunning(error)
                }
                running = other ?? running
            }
        }
    }

    /// Takes the daemon's place, so that none starts: a service manager may start one at any time.
    private static func takePlace(at path: String) throws -> DaemonPIDFile {
        do throws(DaemonPIDFileError) { return try DaemonPIDFile(claiming: path) } catch { throw stillRunning(error) }
    }

    private static func stillRunning(_ error: DaemonPIDFileError) -> any Error {
        guard case .running(let pid, let path) = error else { return error }
        return BadInput(
            nil, nil, "the daemon (\(pid.map { "process \($0)" } ?? path)) is still running, so nothing was removed",
            remedy: "stop it with \"systemctl stop cocoon-net\" or kill it, and run teardown again")
    }

    private func applyOrReplan(reporting report: (ProvisionStep) -> Void) async throws {
        do {
            try await applySteps(reporting: report)
        } catch let taken as SubnetTaken {
            guard let alternative else { throw taken }
            try await alternative().apply(reporting: report)
        }
    }

    /// Holds the node's lock while the node or its files change, and never while a cloud is called.
    private func applySteps(reporting report: (ProvisionStep) -> Void) async throws {
        var rest = steps[...]
        while let step = rest.first {
            guard case .cloud = step else {
                let lock = try await StateLock.wait(for: .node, in: stateDirectory)
                while let step = rest.first {
                    if case .cloud = step { break }
                    try await apply(step)
                    report(step)
                    rest.removeFirst()
                }
                lock.release()
                continue
            }
            try await apply(step)
            report(step)
            rest.removeFirst()
        }
        guard let followUp else { return }
        let lock = try await StateLock.wait(for: .node, in: stateDirectory)
        for step in try await followUp() {
            try await apply(step)
            report(step)
        }
        lock.release()
    }

    private func apply(_ step: ProvisionStep) async throws {
        switch step {
        case .stopDaemon: break
        case .savePool(let pool, let directory, _): try pool.save(in: directory)
        case .cloud(let step): if let book { try await step.perform(book) }
        case .node(let step): try await node.apply(step)
        case .removeFile(let path, _): try Files.remove(path)
        }
    }
}

/// One change that a command makes: to the state directory, to a cloud, or to the node.
package enum ProvisionStep: Sendable {
    /// Always the first step: the others wait until the daemon has ended.
    case stopDaemon(pid_t)
    case savePool(Pool, stateDirectory: String, because: String)
    case cloud(CloudStep)
    case node(NodeStep)
    case removeFile(String, because: String)

    /// What is done.
    package var summary: String {
        switch self {
        case .stopDaemon(let pid): "stop the daemon (process \(pid))"
        case .savePool(let pool, let directory, _): "write \(Pool.path(in: directory)) with \(pool.addressSummary)"
        case .cloud(let step): step.summary
        case .node(let step): step.summary
        case .removeFile(let path, _): "remove \(path)"
        }
    }

    /// Why it is done.
    package var reason: String {
        switch self {
        case .stopDaemon: "it would make again what is removed"
        case .savePool(_, _, let reason): reason
        case .cloud(let step): step.reason
        case .node(let step): step.reason
        case .removeFile(_, let reason): reason
        }
    }

    /// The parts of the step, one per line, where the summary is not enough.
    package var details: [String] {
        switch self {
        case .stopDaemon, .savePool, .removeFile: []
        case .cloud(let step): step.details
        case .node(let step): step.details
        }
    }

    /// The summary and the reason, then the details on lines of their own.
    package var line: String { (["\(summary): \(reason)"] + details).joined(separator: "\n     ") }

    package var json: JSON {
        .object(
            [JSON.Member("step", .string(summary)), JSON.Member("reason", .string(reason))]
                + (details.isEmpty ? [] : [JSON.Member("details", .strings(details))]))
    }
}

extension Pool {
    /// The number of addresses and their range.
    var addressSummary: String {
        guard let first = ips.min(), let last = ips.max() else { return "no addresses" }
        return ips.count == 1 ? "the address \(first)" : "\(ips.count) addresses from \(first) to \(last)"
    }
}
