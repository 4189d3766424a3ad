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
    /// The pool while the steps change it; nil if no step does.
    var book: PoolBook?
    /// The node that the steps are for.
    var node: any NodeAccess
    /// The expected last steps, for display, where the steps before them decide what is really needed.
    var forecast: [ProvisionStep] = []
    /// Computes the real last steps, once all others are done.
    var followUp: (@Sendable () async throws -> [ProvisionStep])?
    /// Makes another plan if the chosen subnet turns out to be taken.
    var alternative: (@Sendable () async throws -> ProvisionPlan)?

    init(
        steps: [ProvisionStep] = [], warnings: [String] = [], outlook: [String] = [],
        node: any NodeAccess = KernelNode()
    ) {
        self.steps = steps
        self.warnings = warnings
        self.outlook = outlook
        self.node = node
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
        do {
            try await applySteps(reporting: report)
        } catch let taken as SubnetTaken {
            guard let alternative else { throw taken }
            try await alternative().apply(reporting: report)
        }
    }

    private func applySteps(reporting report: (ProvisionStep) -> Void) async throws {
        for step in steps {
            try await apply(step)
            report(step)
        }
        for step in try await followUp?() ?? [] {
            try await apply(step)
            report(step)
        }
    }

    private func apply(_ step: ProvisionStep) async throws {
        switch step {
        case .savePool(let pool, let directory, _): try pool.save(in: directory)
        case .cloud(let step): if let book { try await step.perform(book) }
        case .node(let step): try await node.apply(step)
        case .removeFile(let path, _): try Files.remove(path)
        }
    }
}

/// One change that a command makes: to the state directory, to a cloud, or to the node.
package enum ProvisionStep: Sendable {
    case savePool(Pool, stateDirectory: String, because: String)
    case cloud(CloudStep)
    case node(NodeStep)
    case removeFile(String, because: String)

    /// What is done.
    package var summary: String {
        switch self {
        case .savePool(let pool, let directory, _): "write \(Pool.path(in: directory)) with \(pool.addressSummary)"
        case .cloud(let step): step.summary
        case .node(let step): step.summary
        case .removeFile(let path, _): "remove \(path)"
        }
    }

    /// Why it is done.
    package var reason: String {
        switch self {
        case .savePool(_, _, let reason): reason
        case .cloud(let step): step.reason
        case .node(let step): step.reason
        case .removeFile(_, let reason): reason
        }
    }

    /// The parts of the step, one per line, where the summary is not enough.
    package var details: [String] {
        switch self {
        case .savePool, .removeFile: []
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
