// swift-tools-version: 6.2
import PackageDescription

let houseRules: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatWarning("StrictMemorySafety", as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]

let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "cocoon-net", path: "..")],
    targets: [
        // Stands in front of the C library's allocator and counts.
        .target(name: "CAllocationCount"),

        // From a request's frame to its reply's, in one thread and without the kernel: catches an allocation
        // on the packet path, and instructions that creep in.
        .executableTarget(
            name: "packet-path",
            dependencies: [
                "CAllocationCount",
                .product(name: "FastDHCP", package: "cocoon-net"),
                .product(name: "Addresses", package: "cocoon-net"),
            ],
            swiftSettings: houseRules),
    ]
)
