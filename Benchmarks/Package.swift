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
        // Without its traits: they add the package's own allocation counters, but CAllocationCount already counts.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        // Replaces the C library's allocator functions and counts the calls.
        .target(name: "CAllocationCount"),

        // Sends the routes of a batch straight from C: the limit of what the kernel can do.
        .target(name: "CRouteLimit"),

        // Shared by the benchmarks: clients' frames, and a worker, a journal and routes to serve them.
        .target(
            name: "Workload", dependencies: ["CAllocationCount", "CRouteLimit"] + server,
            swiftSettings: houseRules),

        // Runs from the frame of a request to the frame of its reply, in one thread. Catches allocations on the packet path,
        // and instructions that creep in.
        .executableTarget(
            name: "packet-path", dependencies: ["CAllocationCount", "Workload"] + server, swiftSettings: houseRules),

        // Measures how long VMs wait for the disk while the journal is compacted again and again.
        .executableTarget(name: "commit-times", dependencies: server, swiftSettings: houseRules),

        // Measures how long each part takes in wall-clock time, which other programs on the machine affect. The plugin runs
        // targets in subfolders of a folder named Benchmarks.
        .executableTarget(
            name: "wall-clock",
            dependencies: [
                "Workload",
                .product(name: "LeaseText", package: "cocoon-net"),
                .product(name: "Benchmark", package: "benchmark"),
            ] + server,
            path: "suite",
            swiftSettings: houseRules,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    ]
)
