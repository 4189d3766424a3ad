import Glibc
import Node
import Provision

/// What the operator gets to read: progress on standard output, warnings on standard error.
enum Output {
    /// Prints the plan, or takes its steps with a line for each as soon as it is done.
    static func carryOut(_ plan: ProvisionPlan, dryRun: Bool) async throws {
        for warning in plan.warnings { StandardError.print("warning: " + warning) }
        if dryRun {
            print("This would be done, and nothing is done now:")
            print(plan.text, terminator: "")
            return
        }
        try await plan.apply { step in
            print("done: " + step.line)
            // A pipe would keep the line back until the end.
            fflush(nil)
        }
        for line in plan.outlook { print(line) }
    }
}
