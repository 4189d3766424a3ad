import ArgumentParser
import ClientSettings

/// `cocoon-net reference`: prints a table of docs/configuration.md, generated from the declarations in the code. Only
/// scripts/write-reference uses it.
struct ReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference", abstract: "Print a table of docs/configuration.md.", shouldDisplay: false)

    enum Table: String, ExpressibleByArgument, CaseIterable { case options, example, metrics }

    @Argument var table: Table

    func run() {
        switch table {
        case .options: print(OptionReference.table, terminator: "")
        case .example: print(OptionReference.example, terminator: "")
        case .metrics: print(Metric.reference, terminator: "")
        }
    }
}
