import FastDHCP

/// One metric: all that is said of it. The page, the table of docs/configuration.md and what is checked against that table
/// (alerts, dashboard) follow from the declarations in `Metric.all`.
struct Metric: Sendable {
    enum Kind: String { case counter, gauge, histogram }

    let kind: Kind
    let name: String
    /// The labels' names, in the order in which `Samples.each` has their values.
    let labels: [String]
    /// The help text of the page.
    let help: String
    /// What the documentation has to say besides, in Markdown.
    let note: String
    /// Its samples now.
    let samples: @Sendable (MetricsReading) -> Samples

    enum Samples {
        case one(UInt64)
        case fraction(Double)
        case each([(values: [String], count: UInt64)])
        /// - Parameter unit: what the values are divided by.
        case distribution(Distribution, unit: Double)
    }

    init(
        _ kind: Kind, _ name: String, by labels: [String] = [], _ help: String, note: String = "",
        _ samples: @escaping @Sendable (MetricsReading) -> Samples
    ) {
        self.kind = kind
        self.name = name
        self.labels = labels
        self.help = help
        self.note = note
        self.samples = samples
    }
}

extension Metric {
    /// The table of docs/configuration.md.
    static var reference: String {
        "| name | type | meaning |\n|---|---|---|\n" + all.map(\.row).joined()
    }

    private var row: String {
        let labels = labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"
        return "| `\(name)\(labels)` | \(kind) | \(help)\(note.isEmpty ? "" : " \(note)") |\n"
    }
}
