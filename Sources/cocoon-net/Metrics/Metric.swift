import FastDHCP

/// The declaration of one metric. The metrics page and the table of docs/configuration.md are generated from `Metric.all`.
/// Alerts and dashboard are checked against that table.
struct Metric: Sendable {
    enum Kind: String { case counter, gauge, histogram }

    let kind: Kind
    let name: String
    /// The names of the labels, in the same order as the values in `Samples.each`.
    let labels: [String]
    /// The help text on the metrics page.
    let help: String
    /// Markdown that the documentation adds to the help text.
    let note: String
    /// Takes the present samples from a reading.
    let samples: @Sendable (MetricsReading) -> Samples

    enum Samples {
        case one(UInt64)
        case fraction(Double)
        case each([(values: [String], count: UInt64)])
        /// - Parameter unit: the divisor for all values.
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
