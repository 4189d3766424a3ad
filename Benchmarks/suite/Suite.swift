import Benchmark

let benchmarks: @Sendable () -> Void = {
    // SAFETY: a global of the benchmark package, set by the only thread before anything reads it.
    unsafe Benchmark.defaultConfiguration = Benchmark.Configuration(metrics: [.wallClock])
    registerWireBenchmarks()
    registerDecisionBenchmarks()
    registerLeaseTableBenchmarks()
    registerJournalBenchmarks()
    registerExportBenchmarks()
    registerRouteBenchmarks()
}

extension Benchmark.Configuration {
    /// A thousand messages to a sample, told per message; with the warm-up, fewer in all than there are clients.
    static var perMessage: Self { Self(scalingFactor: .kilo, maxIterations: clientCount / 1000 - 2) }
}

/// How many clients there are where a benchmark does not say.
let clientCount = 60_000

/// What a benchmark's setup hands to its samples.
final class Box<Value: ~Copyable> {
    var value: Value

    init(_ value: consuming Value) { self.value = value }
}
