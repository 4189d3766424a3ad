import FastDHCP

/// A page in Prometheus' text format, written metric by metric.
struct PrometheusText {
    enum Kind: String { case counter, gauge, histogram }

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

    /// Adds a gauge that is no whole number.
    mutating func sample(_ value: Double) { text += "\(name) \(value)\n" }

    /// Adds the one sample of a histogram.
    /// - Parameter unit: what the values are divided by.
    mutating func distribution(_ distribution: Distribution, unit: Double) {
        var count: UInt64 = 0
        for index in 0..<distribution.bucketCount {
            count += distribution.count(inBucket: index)
            text += "\(name)_bucket{le=\"\(Double(distribution.bound(ofBucket: index)) / unit)\"} \(count)\n"
        }
        count += distribution.count(inBucket: distribution.bucketCount)
        text += "\(name)_bucket{le=\"+Inf\"} \(count)\n"
        text += "\(name)_sum \(Double(distribution.sum) / unit)\n\(name)_count \(count)\n"
    }
}
