// swift-tools-version: 6.2
import PackageDescription

/// Every target is linked against libFuzzer, which brings `main`; `fuzz/run` builds them with both sanitizers.
let fuzzerSettings: [SwiftSetting] = [
    .unsafeFlags(["-parse-as-library"]),
    .enableExperimentalFeature("Lifetimes"),
]

let fastDHCP: [Target.Dependency] = [
    .product(name: "FastDHCP", package: "cocoon-net"),
    .product(name: "LinuxSystem", package: "cocoon-net"),
    .product(name: "Addresses", package: "cocoon-net"),
]

let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "cocoon-net", path: "..")],
    targets: [
        // Whatever the bytes, the parser takes or drops them; what it takes can be written again and reads the same.
        .executableTarget(name: "fuzz-frame", dependencies: fastDHCP, swiftSettings: fuzzerSettings),
        // Whatever clients send, in whatever order commits succeed and fail, no address belongs to two of them.
        .executableTarget(name: "fuzz-exchange", dependencies: fastDHCP, swiftSettings: fuzzerSettings),
        // Whatever the journal holds, a start keeps what is sound or refuses the file.
        .executableTarget(name: "fuzz-journal", dependencies: fastDHCP, swiftSettings: fuzzerSettings),
        // Whatever the kernel's bytes, the netlink codec reads or refuses them.
        .executableTarget(
            name: "fuzz-netlink",
            dependencies: [
                .product(name: "Netlink", package: "cocoon-net"), .product(name: "Addresses", package: "cocoon-net"),
            ],
            swiftSettings: fuzzerSettings),
    ]
)
