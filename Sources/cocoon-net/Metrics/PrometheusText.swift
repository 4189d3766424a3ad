import FastDHCP

/// A page in Prometheus' text format, written metric by metric.
struct PrometheusText {
    private(set) var text = ""

    /// Adds a metric. Label values come from the code, so they need no escaping.
    mutating func write(_ metric: Metric, _ samples: Metric.Samples) {
        let name = metric.name
        text += "# HELP \(name) \(metric.help)\n# TYPE \(name) \(metric.kind)\n"
        switch samples {
        case .one(let count): text += "\(name) \(count)\n"
        case .fraction(let value): text += "\(name) \(value)\n"
        case .each(let samples):
            for (values, count) in samples {
                let list = zip(metric.labels, values).map { "\($0)=\"\($1)\"" }.joined(separator: ",")
                text += "\(name){\(list)} \(count)\n"
            }
        case .distribution(let distribution, let unit): write(name, distribution, unit)
        }
    }

    private mutating func write(_ name: String, _ distribution: Distribution, _ unit: Double) {
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
