/// One scrape of the daemon's `/metrics`.
package struct Metrics: Sendable {
    /// Each sample by its name with labels, as the text format writes it.
    package let samples: [String: Double]

    /// Reads the Prometheus text format: one sample per line; comments start with a hash sign.
    package init(_ text: String) {
        var samples: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
                continue
            }
            samples[String(line[..<space])] = value
        }
        self.samples = samples
    }

    /// A sample; 0 if there is none, because a counter appears when it first counts.
    package subscript(sample: String) -> Int { Int(samples[sample] ?? 0) }

    /// Frames dropped for that reason before the engine saw a message.
    package func drops(_ reason: String) -> Int { self["cocoon_net_dhcp_drops_total{reason=\"\(reason)\"}"] }

    /// Messages that the engine left unanswered for that reason.
    package func silences(_ reason: String) -> Int { self["cocoon_net_dhcp_silence_total{reason=\"\(reason)\"}"] }

    /// Messages of that type received (`in`) or sent (`out`).
    package func messages(_ type: String, _ direction: String) -> Int {
        self["cocoon_net_dhcp_messages_total{type=\"\(type)\",direction=\"\(direction)\"}"]
    }

    /// The samples that differ from an earlier scrape, and by how much; failures print this.
    package func changes(since earlier: Metrics) -> [String: Double] {
        var changes: [String: Double] = [:]
        for (name, value) in samples {
            let change = value - (earlier.samples[name] ?? 0)
            if change != 0 { changes[name] = change }
        }
        return changes
    }
}
