import Addresses
import Benchmark
import RouteSync
import Workload

/// Routes in a separate network namespace, each with a neighbour entry.
private final class Routes {
    private let laboratory: RouteLaboratory
    private let installs: [RouteChange]
    private let removals: [RouteChange]
    private var results: [RouteResult]

    init(count: Int) throws {
        let pool = (0..<clientCount).map(Frames.address(of:))
        laboratory = try RouteLaboratory(pool: pool)
        installs = pool.prefix(count).enumerated().map { client, address in
            RouteChange(.install, address, MACAddress(rawValue: 0x5254_0000_0000 + UInt64(client)))
        }
        removals = installs.map { RouteChange(.remove, $0.address, $0.macAddress) }
        results = [RouteResult](repeating: .applied, count: count)
    }

    func install() { apply(installs) }
    func remove() { apply(removals) }

    func installInC() { laboratory.limit.install(installs.count, from: installs[0].address) }
    func removeInC() { laboratory.limit.remove(installs.count, from: installs[0].address) }

    private func apply(_ changes: [RouteChange]) {
        Self.apply(changes, to: laboratory, &results)
        precondition(results.allSatisfy { $0 == .applied }, "the kernel takes every route")
    }

    private static func apply(
        _ changes: [RouteChange], to laboratory: borrowing RouteLaboratory, _ results: inout [RouteResult]
    ) {
        var span = results.mutableSpan
        laboratory.sync.apply(changes.span, &span)
    }
}

func registerRouteBenchmarks() {
    for count in [128, 512] {
        register("install \(count) with their neighbours", count, { $0.install() }, undo: { $0.remove() })
        register("install \(count) in C, the limit", count, { $0.installInC() }, undo: { $0.removeInC() })
        register("remove \(count) with their neighbours", count, { $0.remove() }, before: { $0.install() })
        register("remove \(count) in C, the limit", count, { $0.removeInC() }, before: { $0.installInC() })
    }
}

/// Registers a benchmark of one batch of routes. `before` and `undo` are not measured.
private func register(
    _ name: String, _ count: Int, _ body: @escaping @Sendable (Routes) -> Void,
    before: @escaping @Sendable (Routes) -> Void = { _ in }, undo: @escaping @Sendable (Routes) -> Void = { _ in }
) {
    // Benchmarks/run says why they are skipped.
    let configuration = Benchmark.Configuration(maxIterations: 500, skip: !RouteLaboratory.isAvailable)
    Benchmark("routes: \(name)", configuration: configuration) { benchmark, routes in
        before(routes)
        benchmark.startMeasurement()
        body(routes)
        benchmark.stopMeasurement()
        undo(routes)
    } setup: {
        try Routes(count: count)
    }
}
