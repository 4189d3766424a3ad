import Node

/// A host without a cloud: the addresses are the subnet's own, and nobody is asked for anything.
struct NoCloud: Cloud {
    static let platform = Pool.Platform.none

    init(environment: CloudEnvironment) {}
}
