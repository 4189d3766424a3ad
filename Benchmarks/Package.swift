// swift-tools-version: 6.2
import PackageDescription

let houseRules: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]

let server = ["Addresses", "FastDHCP", "LinuxSystem", "Netlink", "RouteSync"].map {
    Target.Dependency.product(name: $0, package: "cocoon-net")
}

let package = Package(
    name: "Benchmarks",
    dependencies: [
        .package(name: "cocoon-net", path: ".."),
        // Without its traits: they bring allocation counters of its own, and CAllocationCount counts already.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        // Stands in front of the C library's allocator and counts.
        .target(name: "CAllocationCount"),

        // The routes of a batch straight from C: what the kernel can do.
        .target(name: "CRouteLimit"),

        // What is measured by both: clients' frames, and a worker, a journal and routes to serve them.
        .target(
            name: "Workload", dependencies: ["CAllocationCount", "CRouteLimit"] + server,
            swiftSettings: houseRules),

        // From a request's frame to its reply's, in one thread: catches an allocation on the packet path, and
        // instructions that creep in.
        .executableTarget(
            name: "packet-path", dependencies: ["CAllocationCount", "Workload"] + server, swiftSettings: houseRules),

        // How long VMs wait for the disk while the journal is compacted again and again.
        .executableTarget(name: "commit-times", dependencies: server, swiftSettings: houseRules),

        // How long each part takes, on a clock that other programs share. The plugin runs what stands in a folder of
        // a folder named Benchmarks.
        .executableTarget(
            name: "wall-clock",
            dependencies: [
                "Workload",
                .product(name: "Benchmark", package: "benchmark"),
            ] + server,
            path: "suite",
            swiftSettings: houseRules,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    ]
)
