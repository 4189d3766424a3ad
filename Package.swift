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
    targets: [
        // What every other module speaks in.
        .target(name: "Addresses", swiftSettings: houseRules),

    ]
)
