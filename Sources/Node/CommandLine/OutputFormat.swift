/// How a command prints what it found: `--output`.
package enum OutputFormat: String, CaseIterable, Sendable {
    case text, json

    /// The format of that name. Some commands of version 0.1.0 called the text `table`.
    package init?(argument: String) { self.init(rawValue: argument == "table" ? "text" : argument) }
}
