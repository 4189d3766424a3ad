// swift-tools-version: 6.2
import PackageDescription

/// The settings of every Swift target. `Lifetimes` is needed for views that borrow ring memory and must not outlive it.
let houseRules: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let nio = ["NIOCore", "NIOHTTP1", "NIOPosix"].map { Target.Dependency.product(name: $0, package: "swift-nio") }
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")

let package = Package(
    name: "cocoon-net",
    products: [
        .executable(name: "cocoon-net", targets: ["cocoon-net"]),
        .executable(name: "cocoon-net-provision", targets: ["cocoon-net-provision"]),
        .executable(name: "cocoon-net-storm", targets: ["cocoon-net-storm"]),
        // scripts/test builds this with the thread sanitizer.
        .executable(name: "lease-table-stress", targets: ["lease-table-stress"]),
        // The committer and the journal over a simulated disk and kernel. scripts/test runs it.
        .executable(name: "crash-simulation", targets: ["crash-simulation"]),
        // For Benchmarks/ and fuzz/, which are separate packages.
        .library(name: "FastDHCP", targets: ["FastDHCP"]),
        .library(name: "ClientSettings", targets: ["ClientSettings"]),
        .library(name: "Node", targets: ["Node"]),
        .library(name: "Netlink", targets: ["Netlink"]),
        .library(name: "RouteSync", targets: ["RouteSync"]),
        .library(name: "LinuxSystem", targets: ["LinuxSystem"]),
        .library(name: "Addresses", targets: ["Addresses"]),
        .library(name: "LeaseText", targets: ["LeaseText"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // Address types that every other module uses.
        .target(name: "Addresses", swiftSettings: houseRules),

        // C declarations of the kernel and of libpcap, without wrappers.
        .target(name: "CLinuxSystem"),
        .target(name: "CFastDHCP"),
        .target(name: "CNetlink"),
        .systemLibrary(name: "CPcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),

        // Kernel interfaces other than rtnetlink and packet rings.
        .target(name: "LinuxSystem", dependencies: ["CLinuxSystem", system], swiftSettings: houseRules),

        // The packet path: ring -> wire -> engine -> committer -> ring.
        .target(
            name: "FastDHCP",
            dependencies: ["Addresses", "LinuxSystem", "CFastDHCP", system],
            exclude: ["Ring/Filters"],
            swiftSettings: houseRules),
        // Compiles the packet filters ahead of time with libpcap. The programs do not need libpcap.
        .executableTarget(name: "compile-packet-filters", dependencies: ["CPcap"], swiftSettings: houseRules),

        // The kernel's links, addresses, routes and neighbours.
        .target(
            name: "Netlink", dependencies: ["Addresses", "LinuxSystem", "CLinuxSystem", "CNetlink", system],
            swiftSettings: houseRules),
        .target(
            name: "RouteSync", dependencies: ["Addresses", "LinuxSystem", "Netlink", system], swiftSettings: houseRules),

        // The node and the cloud providers.
        .target(
            name: "Node",
            dependencies: [
                "Addresses", "LinuxSystem", "Netlink", subprocess, system,
            ],
            swiftSettings: houseRules),
        .target(
            name: "Provision",
            dependencies: [
                "Addresses", "LinuxSystem", "Netlink", "Node", asyncHTTPClient, crypto,
            ] + nio,
            swiftSettings: houseRules),

        // The operator's settings for VMs.
        .target(
            name: "ClientSettings", dependencies: ["Addresses", "FastDHCP", "LinuxSystem", "Node"],
            swiftSettings: houseRules),

        // Leases and times as other programs read them.
        .target(name: "LeaseText", dependencies: ["Addresses", "FastDHCP", "LinuxSystem"], swiftSettings: houseRules),

        // Simulated VMs.
        .target(
            name: "Storm",
            dependencies: [
                "Addresses", "FastDHCP", "LinuxSystem", "Netlink",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: houseRules),

        // The three programs.
        .executableTarget(
            name: "cocoon-net",
            dependencies: [
                "Addresses", "FastDHCP", "ClientSettings", "LeaseText", "LinuxSystem", "Netlink", "Node", "RouteSync",
                argumentParser,
                logging,
                system,
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ] + nio,
            swiftSettings: houseRules),
        .executableTarget(
            name: "cocoon-net-provision",
            dependencies: ["Addresses", "LinuxSystem", "Node", "Provision", argumentParser],
            swiftSettings: houseRules),
        .executableTarget(
            name: "cocoon-net-storm",
            dependencies: [
                "Addresses", "CLinuxSystem", "FastDHCP", "LinuxSystem", "Netlink", "Node", "Storm", argumentParser,
                subprocess,
                system,
            ],
            swiftSettings: houseRules),

        // There is a test target per module. Tests that need networks create their own network namespaces.
        .testTarget(name: "AddressesTests", dependencies: ["Addresses"], swiftSettings: houseRules),
        .testTarget(
            name: "LinuxSystemTests", dependencies: ["LinuxSystem", "TestSupport", system],
            swiftSettings: houseRules),
        .testTarget(
            name: "FastDHCPTests",
            dependencies: ["Addresses", "FastDHCP", "LinuxSystem", "CFastDHCP", "CPcap", "CTestSupport", system],
            swiftSettings: houseRules),
        .testTarget(
            name: "NetlinkTests", dependencies: ["Addresses", "Netlink", "NetlinkTestSupport", system],
            swiftSettings: houseRules),
        .testTarget(
            name: "RouteSyncTests",
            dependencies: ["Addresses", "LinuxSystem", "Netlink", "RouteSync", "NetlinkTestSupport", system],
            swiftSettings: houseRules),
        .testTarget(
            name: "NodeTests",
            dependencies: ["Addresses", "LinuxSystem", "Node", "Netlink", "TestSupport", subprocess, system],
            swiftSettings: houseRules),
        .testTarget(
            name: "ClientSettingsTests", dependencies: ["Addresses", "FastDHCP", "ClientSettings", "Node"],
            swiftSettings: houseRules),
        .testTarget(
            name: "ProvisionTests",
            dependencies: [
                "Addresses", "LinuxSystem", "Node", "Provision", "cocoon-net-provision", "TestCloud", "TestSupport",
                argumentParser,
            ],
            swiftSettings: houseRules),
        .testTarget(
            name: "StormTests",
            dependencies: ["Addresses", "FastDHCP", "Netlink", "Node", "Storm", "cocoon-net-storm", argumentParser],
            swiftSettings: houseRules),
        .testTarget(
            name: "EndToEndTests", dependencies: ["Addresses", "TestSupport"], swiftSettings: houseRules),
        .testTarget(
            name: "ConformanceTests", dependencies: ["Addresses", "TestSupport"], swiftSettings: houseRules),
        .executableTarget(
            name: "lease-table-stress", dependencies: ["Addresses", "FastDHCP", "LinuxSystem"],
            path: "Tests/LeaseTableStress",
            swiftSettings: houseRules),
        .executableTarget(
            name: "crash-simulation", dependencies: ["Addresses", "FastDHCP", "LinuxSystem", system],
            path: "Tests/CrashSimulation",
            swiftSettings: houseRules),
        .target(
            name: "NetlinkTestSupport", dependencies: ["Addresses", "Netlink"], path: "Tests/NetlinkTestSupport",
            swiftSettings: houseRules),
        .target(
            name: "TestSupport", dependencies: ["Addresses", "LinuxSystem", "CTestSupport", system],
            path: "Tests/TestSupport",
            exclude: ["CTestSupport"], swiftSettings: houseRules),
        // Simulated clouds for the tests of Provision.
        .target(
            name: "TestCloud", dependencies: ["Addresses", "Node", "Provision"] + nio, path: "Tests/TestCloud",
            swiftSettings: houseRules),
        .executableTarget(
            name: "cocoon-net-testcloud", dependencies: ["Netlink", "TestCloud", argumentParser],
            path: "Tests/TestCloudServer", swiftSettings: houseRules),
        .target(name: "CTestSupport", path: "Tests/TestSupport/CTestSupport"),
    ]
)
