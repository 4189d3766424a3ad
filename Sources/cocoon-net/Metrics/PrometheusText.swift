/// A page in Prometheus' text format, written metric by metric.
struct PrometheusText {
    enum Kind: String { case counter, gauge }

    private(set) var text = ""
    private var name = ""

    /// Begins a metric; its samples follow.
    mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// Adds a sample of the metric begun last. Label values are our own words and need no escaping.
    mutating func sample(_ labels: KeyValuePairs<String, String>, _ value: UInt64) {
        let list = labels.map { "\($0)=\"\($1)\"" }.joined(separator: ",")
        text += list.isEmpty ? "\(name) \(value)\n" : "\(name){\(list)} \(value)\n"
    }
}
