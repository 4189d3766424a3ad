import ArgumentParser
import Glibc
import LinuxSystem
import Node
import Provision

/// How a command prints what it has to say.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}

/// What the operator gets to read: progress on standard output, warnings on standard error.
enum Output {
    /// Prints the plan, or takes its steps with a line for each as soon as it is done.
    ///
    /// As JSON, a plan is one document, and progress is one object a line, the last with what to do next.
    static func carryOut(_ plan: ProvisionPlan, dryRun: Bool, as format: OutputFormat) async throws {
        if dryRun {
            show(plan, as: format)
            return
        }
        printWarnings(plan)
        try await plan.apply { step in
            switch format {
            case .text: print("done: " + step.line)
            case .json: print(step.json.compactText)
            }
            // A pipe would keep the line back until the end.
            fflush(nil)
        }
        switch format {
        case .text: for line in plan.outlook { print(line) }
        case .json where plan.outlook.isEmpty: break
        case .json: print(JSON.object([JSON.Member("outlook", .strings(plan.outlook))]).compactText)
        }
    }

    private static func show(_ plan: ProvisionPlan, as format: OutputFormat) {
        switch format {
        case .text:
            printWarnings(plan)
            print("This would be done, and nothing is done now:")
            print(plan.text, terminator: "")
        case .json: print(plan.json.prettyText)
        }
    }

    private static func printWarnings(_ plan: ProvisionPlan) {
        for warning in plan.warnings { StandardError.print("warning: " + warning) }
    }
}
