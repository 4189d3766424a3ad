// swift-tools-version: 6.2
import PackageDescription

/// One rule book for every Swift target. `Lifetimes` is needed for views that borrow ring memory and cannot outlive it.
let houseRules: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatWarning("StrictMemorySafety", as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]

let package = Package(
    name: "cocoon-net",
    products: [
        // For Benchmarks/ and fuzz/, which are packages of their own.
        .library(name: "FastDHCP", targets: ["FastDHCP"]),
    ],
    targets: [
        // What every other module speaks in.
        .target(name: "Addresses", swiftSettings: houseRules),

        // The kernel's and libpcap's C, declared but not wrapped.
        .target(name: "CFastDHCP"),
        .systemLibrary(name: "CPcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),

        // The packet path: ring -> wire -> engine -> committer -> ring.
        .target(
            name: "FastDHCP",
            dependencies: ["Addresses", "CFastDHCP", "CPcap"],
            swiftSettings: houseRules),

    ]
)
