import Node

/// A host without a cloud. The addresses are the subnet's own, and nothing is claimed.
struct NoCloud: Cloud {
    static let platform = Pool.Platform.none

    init(environment: CloudEnvironment) {}
}
