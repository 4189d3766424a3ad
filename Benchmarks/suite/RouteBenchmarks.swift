import Addresses
import Benchmark
import RouteSync
import Workload

/// Routes in a kernel's namespace of their own, with a neighbour each.
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
    // The command says why they are missing.
    for count in [128, 512] {
        let configuration = Benchmark.Configuration(maxIterations: 500, skip: !RouteLaboratory.isAvailable)
        Benchmark("routes: install \(count) with their neighbours", configuration: configuration) { benchmark, routes in
            benchmark.startMeasurement()
            routes.install()
            benchmark.stopMeasurement()
            routes.remove()
        } setup: {
            try Routes(count: count)
        }

        Benchmark("routes: remove \(count) with their neighbours", configuration: configuration) { benchmark, routes in
            routes.install()
            benchmark.startMeasurement()
            routes.remove()
            benchmark.stopMeasurement()
        } setup: {
            try Routes(count: count)
        }
    }
}
