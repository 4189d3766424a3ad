import Benchmark

let benchmarks: @Sendable () -> Void = {
    // SAFETY: a global of the benchmark package. The only thread sets it before anything reads it.
    unsafe Benchmark.defaultConfiguration = Benchmark.Configuration(metrics: [.wallClock])
    registerWireBenchmarks()
    registerDecisionBenchmarks()
    registerLeaseTableBenchmarks()
    registerJournalBenchmarks()
    registerExportBenchmarks()
    registerRouteBenchmarks()
}

extension Benchmark.Configuration {
    /// A thousand messages per sample, reported per message. All samples with the warm-up take fewer messages than there are
    /// clients.
    static var perMessage: Self { Self(scalingFactor: .kilo, maxIterations: clientCount / 1000 - 2) }
}

/// The number of clients, unless a benchmark sets its own.
let clientCount = 60_000

/// Holds the value that a benchmark's setup passes to its samples.
final class Box<Value: ~Copyable> {
    var value: Value

    init(_ value: consuming Value) { self.value = value }
}
