package import Node

/// What a command is going to do, step by step, and what the operator should know besides.
///
/// It was computed from the node and the files as they were; making it changed nothing.
package struct ProvisionPlan: Sendable {
    package var steps: [ProvisionStep]
    /// What the operator should look at before, or in spite of, these steps.
    package var warnings: [String]
    /// What the operator does next.
    package var outlook: [String]

    init(steps: [ProvisionStep] = [], warnings: [String] = [], outlook: [String] = []) {
        self.steps = steps
        self.warnings = warnings
        self.outlook = outlook
    }

    /// The steps, numbered, each with its reason.
    package var text: String {
        guard !steps.isEmpty else { return "There is nothing to do.\n" }
        var text = ""
        for (index, step) in steps.enumerated() { text += "\(index + 1). \(step.line)\n" }
        return text
    }

    /// Takes the steps in their order; each is reported when it is done. After an error, or a kill, the same command
    /// makes a plan of what is left.
    package func apply(reporting report: (ProvisionStep) -> Void) async throws {
        for step in steps {
            try await step.apply()
            report(step)
        }
    }
}

/// One change that a command makes: to the state directory, or to the node.
package enum ProvisionStep: Equatable, Sendable {
    case savePool(Pool, stateDirectory: String, because: String)
    case node(NodeStep)
    case removeFile(String, because: String)

    /// The step in words, with its reason behind it, and on further lines what it consists of.
    package var line: String {
        switch self {
        case .savePool(let pool, let directory, let reason):
            "write \(Pool.path(in: directory)) with \(pool.addressSummary): \(reason)"
        case .node(let step):
            ([step.summary + ": " + step.reason] + step.details).joined(separator: "\n     ")
        case .removeFile(let path, let reason):
            "remove \(path): \(reason)"
        }
    }

    func apply() async throws {
        switch self {
        case .savePool(let pool, let directory, _): try pool.save(in: directory)
        case .node(let step): try await step.apply()
        case .removeFile(let path, _): try Files.remove(path)
        }
    }
}

extension Pool {
    /// How many addresses there are, and from where to where.
    var addressSummary: String {
        guard let first = ips.min(), let last = ips.max() else { return "no addresses" }
        return ips.count == 1 ? "the address \(first)" : "\(ips.count) addresses from \(first) to \(last)"
    }
}
