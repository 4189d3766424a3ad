// swift-tools-version: 6.2
import PackageDescription

/// Every target is linked with libFuzzer, which provides `main`. `fuzz/run` builds them with both sanitizers.
let fuzzerSettings: [SwiftSetting] = [
    .unsafeFlags(["-parse-as-library"]),
    .enableExperimentalFeature("Lifetimes"),
]

/// Opens modules whose interface is `package` to a target of this package, which is another one. `fuzz/run` builds them
/// with `-enable-testing`.
func opening(_ modules: String...) -> [SwiftSetting] {
    [.unsafeFlags(modules.flatMap { ["-Xfrontend", "-testable-import-module", "-Xfrontend", $0] })]
}

let fastDHCP: [Target.Dependency] = [
    .product(name: "FastDHCP", package: "cocoon-net"),
    .product(name: "LinuxSystem", package: "cocoon-net"),
    .product(name: "Addresses", package: "cocoon-net"),
]

let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "cocoon-net", path: "..")],
    targets: [
        // Any frame is either parsed or dropped. A parsed frame can be written again and reads the same.
        .executableTarget(name: "fuzz-frame", dependencies: fastDHCP, swiftSettings: fuzzerSettings),
        // Whatever clients send, and in whatever order commits succeed or fail, no address belongs to two clients.
        .executableTarget(name: "fuzz-exchange", dependencies: fastDHCP, swiftSettings: fuzzerSettings),
        // Whatever the journal contains, a start of the daemon keeps the intact records or refuses the file.
        .executableTarget(
            name: "fuzz-journal", dependencies: fastDHCP + ["JournalHost"], swiftSettings: fuzzerSettings),
        // A daemon without a network, with a journal on a disk in memory.
        .target(name: "JournalHost", dependencies: fastDHCP, swiftSettings: fuzzerSettings),
        // Whatever leases.json contains, a start follows its good rows or takes no address from a holder.
        .executableTarget(
            name: "fuzz-import",
            dependencies: fastDHCP + [
                "JournalHost", .product(name: "LeaseText", package: "cocoon-net"),
                .product(name: "Node", package: "cocoon-net"),
            ],
            swiftSettings: fuzzerSettings + opening("Node")),
        // Whatever pool.json contains, it is refused with a remedy, or VMs are served with it.
        .executableTarget(
            name: "fuzz-pool",
            dependencies: fastDHCP + [
                .product(name: "ClientSettings", package: "cocoon-net"), .product(name: "Node", package: "cocoon-net"),
            ],
            swiftSettings: fuzzerSettings + opening("ClientSettings", "Node")),
        // Whatever bytes come from the kernel, the netlink codec reads or refuses them.
        .executableTarget(
            name: "fuzz-netlink",
            dependencies: [
                .product(name: "Netlink", package: "cocoon-net"), .product(name: "Addresses", package: "cocoon-net"),
            ],
            swiftSettings: fuzzerSettings),
    ]
)
