import Addresses
import Node

/// Where a pool's addresses come from, as the commands see it. What a cloud does not say is what one does that is asked for
/// nothing: the smallest has a platform and no more.
protocol Cloud: Sendable {
    /// The name in pool.json and on the command line.
    static var platform: Pool.Platform { get }
    /// What the platform asks of the node.
    static var nodeNeeds: Set<Pool.NodeNeed> { get }
    /// What the host's own NIC is called there; nil for any name.
    static var primaryNIC: String? { get }
    /// Whether the VMs' packets come by NICs of their own.
    static var hasSecondaryNICs: Bool { get }
    /// Whether `init` claims the addresses from it. One that it claims nothing from is never asked for anything.
    static var claimsAddresses: Bool { get }
    /// Whether its resources are found again by the node's name.
    static var namesResourcesByNode: Bool { get }

    init(environment: CloudEnvironment)

    /// Whether this is an instance there.
    func isHere() async -> Bool
    /// The subnet that this node has claimed already, or the first block that nobody has.
    func freeSubnet(_ choice: SubnetChoice, nodeName: String, former: Pool?) async throws -> IPv4Network
    /// What is to be claimed for the pool.
    func claim(_ pool: Pool, _ request: PoolRequest, former: Pool?, node: any NodeAccess) async throws -> CloudPlan
    /// What is to be given back of what the pool names.
    func release(_ pool: Pool, deletesSubnet: Bool) async throws -> [CloudStep]
    /// Checks that the VMs' packets can arrive. What was found before an error counts too.
    func examine(_ pool: Pool, _ findings: inout [Finding]) async throws

    /// What the operator should know of addresses that were taken over without asking the cloud.
    static func warnings(adopting pool: Pool, _ request: PoolRequest) -> [String]
    /// What `status` says of the pool's resources.
    static func rows(of pool: Pool) -> [(label: String, value: String)]
}

extension Cloud {
    static var nodeNeeds: Set<Pool.NodeNeed> { [] }
    static var primaryNIC: String? { nil }
    static var hasSecondaryNICs: Bool { false }
    static var claimsAddresses: Bool { false }
    static var namesResourcesByNode: Bool { false }

    func isHere() async -> Bool { false }
    func freeSubnet(_ choice: SubnetChoice, nodeName: String, former: Pool?) async throws -> IPv4Network {
        throw BadInput(
            "--subnet", SubnetChoice.keyword, "needs a list of the subnets that are taken, and nobody asks for it here",
            remedy: "name the subnet, such as 172.20.100.0/24")
    }
    func claim(_ pool: Pool, _ request: PoolRequest, former: Pool?, node: any NodeAccess) async throws -> CloudPlan {
        CloudPlan(pool: pool)
    }
    func release(_ pool: Pool, deletesSubnet: Bool) async throws -> [CloudStep] { [] }
    func examine(_ pool: Pool, _ findings: inout [Finding]) async throws {}

    static func warnings(adopting pool: Pool, _ request: PoolRequest) -> [String] { [] }
    static func rows(of pool: Pool) -> [(label: String, value: String)] { [] }
}
