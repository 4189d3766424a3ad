import FastDHCP
import LinuxSystem

/// Finds the NAKs in the workers' traces.
///
/// Any VM can provoke as many NAKs as it likes. So at most `limitPerSecond` are found in each second, and listeners do not
/// lose changes of leases to them.
struct Refusals: Sendable {
    static let limitPerSecond = 100

    private let traces: [ExchangeTrace]
    /// For each trace, the number of the first entry that is still unread.
    private var next: [UInt64]
    private var second: UInt64 = 0
    private var countInSecond = 0

    init(_ traces: some Sequence<ExchangeTrace>) {
        self.traces = Array(traces)
        next = self.traces.map(\.count)
    }

    /// The NAKs since the last call. Entries that were overwritten in the meantime are left out.
    mutating func takeNew() -> [TraceEntry] {
        let now = BootTime.now().milliseconds / 1000
        if now != second { (second, countInSecond) = (now, 0) }
        var found: [TraceEntry] = []
        for (index, trace) in traces.enumerated() {
            let end = trace.count
            var number = max(next[index], end - min(end, UInt64(ExchangeTrace.capacity)))
            while number < end, countInSecond < Self.limitPerSecond {
                if let entry = trace.entry(number), entry.event == .nak {
                    found.append(entry)
                    countInSecond += 1
                }
                number += 1
            }
            next[index] = end
        }
        return found
    }
}
