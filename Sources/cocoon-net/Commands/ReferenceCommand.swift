import ArgumentParser

/// `cocoon-net reference`, for scripts/write-reference alone: the tables of docs/configuration.md, as the declarations in the
/// code make them.
struct ReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference", abstract: "Print a table of docs/configuration.md.", shouldDisplay: false)

    enum Table: String, ExpressibleByArgument, CaseIterable { case metrics }

    @Argument var table: Table

    func run() {
        switch table {
        case .metrics: print(Metric.reference, terminator: "")
        }
    }
}
