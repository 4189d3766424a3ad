import ArgumentParser
import Glibc
import LinuxSystem
import Node
import Provision
import Synchronization

extension OutputFormat: ExpressibleByArgument {}

/// Prints for the operator: progress on standard output, warnings on standard error.
enum Output {
    /// Makes a plan, and prints it if this is a dry run. Otherwise performs the steps and prints a line for each as soon as
    /// it is done; no other command works on the node meanwhile.
    ///
    /// In JSON, a plan is one document. Progress is one object per line; the last one says what to do next.
    static func carryOut(
        on site: ProvisionSite, _ mode: RunOptions, _ makePlan: () async throws -> ProvisionPlan
    ) async throws {
        if mode.dryRun {
            show(try await makePlan(), as: mode.output)
            return
        }
        try await site.carryOut(waits: !mode.noWait, reporting: StandardError.print, makePlan) {
            try await perform($0, as: mode.output)
        }
    }

    private static func perform(_ plan: ProvisionPlan, as format: OutputFormat) async throws {
        printWarnings(plan)
        try await plan.apply { step in
            switch format {
            case .text: print("done: " + step.line)
            case .json: print(step.json.compactText)
            }
            // On a pipe, standard output would hold the line back until the end.
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
            print("These steps would be performed; nothing is changed now:")
            print(plan.text, terminator: "")
        case .json: print(plan.json.prettyText)
        }
    }

    private static func printWarnings(_ plan: ProvisionPlan) {
        for warning in plan.warnings { StandardError.print("warning: " + warning) }
    }
}

/// Lines about calls that take long. Calls for several ENIs often wait for the same thing, and then say so once.
final class ProgressLines: Sendable {
    private let last = Mutex("")

    func print(_ line: String) {
        let isNew = last.withLock { last in
            defer { last = line }
            return last != line
        }
        if isNew { StandardError.print("waiting: " + line) }
    }
}
