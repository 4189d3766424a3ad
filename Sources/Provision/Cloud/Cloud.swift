import Addresses
import Node

/// Where a pool's addresses come from, as the commands see it. The defaults are those of a cloud from which nothing is
/// claimed: the smallest cloud declares a platform and nothing else.
protocol Cloud: Sendable {
    /// The name in pool.json and on the command line.
    static var platform: Pool.Platform { get }
    /// What the platform requires of the node.
    static var nodeNeeds: Set<Pool.NodeNeed> { get }
    /// The usual name of the host's own NIC there; nil if there is none.
    static var primaryNIC: String? { get }
    /// Whether the VMs' packets arrive through secondary NICs.
    static var hasSecondaryNICs: Bool { get }
    /// Whether `init` claims the addresses from this cloud. If not, the cloud is never called.
    static var claimsAddresses: Bool { get }
    /// Whether the cloud's resources carry the node's name and are found by it.
    static var namesResourcesByNode: Bool { get }

    init(environment: CloudEnvironment)

    /// Whether this host is an instance of the cloud.
    /// - Throws: what kept its metadata service from saying so.
    func isHere() async throws -> Bool
    /// The subnet that this node has already claimed, or the first free block.
    func freeSubnet(_ choice: SubnetChoice, nodeName: String, former: Pool?) async throws -> IPv4Network
    /// The secondary ENIs of this instance, from which `adopt` takes the pool. Nil where VMs' packets do not arrive
    /// through ENIs.
    /// - Parameter subnet: the VMs' subnet; the cloud is asked again, with keys, if no address is known to lie in it.
    func attachedENIs(in subnet: IPv4Network) async throws -> [AttachedENI]?
    /// What to claim for the pool.
    func claim(_ pool: Pool, _ request: PoolRequest, former: Pool?, node: any NodeAccess) async throws -> CloudPlan
    /// What to release of the resources that the pool names.
    func release(_ pool: Pool, deletesSubnet: Bool) async throws -> CloudPlan
    /// Checks that packets to the VMs can arrive. Findings that were made before an error are kept.
    func examine(_ pool: Pool, _ findings: inout [Finding]) async throws

    /// The lines that `status` prints about the pool's cloud resources.
    static func rows(of pool: Pool) -> [(label: String, value: String)]
}

extension Cloud {
    static var nodeNeeds: Set<Pool.NodeNeed> { [] }
    static var primaryNIC: String? { nil }
    static var hasSecondaryNICs: Bool { false }
    static var claimsAddresses: Bool { false }
    static var namesResourcesByNode: Bool { false }

    func isHere() async throws -> Bool { false }
    func freeSubnet(_ choice: SubnetChoice, nodeName: String, former: Pool?) async throws -> IPv4Network {
        throw BadInput(
            "--subnet", SubnetChoice.keyword,
            "needs a cloud that lists the subnets that are taken, and this platform has none",
            remedy: "name the subnet, such as 172.20.100.0/24")
    }
    func attachedENIs(in subnet: IPv4Network) async throws -> [AttachedENI]? { nil }
    func claim(_ pool: Pool, _ request: PoolRequest, former: Pool?, node: any NodeAccess) async throws -> CloudPlan {
        CloudPlan(pool: pool)
    }
    func release(_ pool: Pool, deletesSubnet: Bool) async throws -> CloudPlan { CloudPlan(pool: pool) }
    func examine(_ pool: Pool, _ findings: inout [Finding]) async throws {}

    static func rows(of pool: Pool) -> [(label: String, value: String)] { [] }
}
