import Addresses
import FoundationEssentials
import Glibc
import Synchronization
import TestCloud

@testable import Node
@testable import Provision

/// A node in memory. Its interfaces come from a closure; steps are recorded and change nothing.
final class MemoryNode: NodeAccess {
    private let interfacesNow: @Sendable () -> NodeInterfaces
    private let applied = Mutex<[String]>([])

    init(_ interfaces: @escaping @Sendable () -> NodeInterfaces) { interfacesNow = interfaces }

    /// The summaries of the steps that were applied.
    var steps: [String] { applied.withLock { $0 } }

    func interfaces() throws -> NodeInterfaces { interfacesNow() }

    func state(for setup: NodeSetup) async throws -> NodeState {
        NodeState(interfaces: interfacesNow(), ruleset: setup.rules == nil ? nil : Ruleset())
    }

    func apply(_ step: NodeStep) async throws { applied.withLock { $0.append(step.summary) } }
}

/// A node in a test cloud, with a state directory of its own.
struct CloudSite {
    let volcengine: TestVolcengine
    let gce: TestGCE
    /// 1 for node-1, the instance i-1, and so on.
    let number: UInt8
    let node: MemoryNode
    let directory: String
    private let servers: [LoopbackHTTPServer]
    var site: ProvisionSite

    /// Which clouds answer on this host.
    enum Place { case volcengine, gke, both, nowhere }

    /// - Parameter neighbour: another node of the same cloud.
    init(_ place: Place, number: UInt8 = 1, beside neighbour: CloudSite? = nil) async throws {
        let volcengine = neighbour?.volcengine ?? TestVolcengine()
        let gce = neighbour?.gce ?? TestGCE()
        self.volcengine = volcengine
        self.gce = gce
        self.number = number
        if neighbour != nil {
            volcengine.change { $0.addInstance(number) }
            gce.change { $0.instances["node-\(number)"] = TestGCE.Instance() }
        }
        let volcengineServer = try await LoopbackHTTPServer { volcengine.answer($0, to: "i-\(number)") }
        let gceServer = try await LoopbackHTTPServer { gce.answer($0, to: "node-\(number)") }
        servers = [volcengineServer, gceServer]
        directory = FileManager.default.temporaryDirectory.path + "/cocoon-net-provision-\(UUID().uuidString)"
        node = MemoryNode {
            var interfaces = NodeInterfaces()
            let isVolcengine = place == .volcengine || place == .both
            interfaces.byName[isVolcengine ? "eth0" : "ens4"] = NodeInterfaces.Interface()
            // A NIC for each attached ENI.
            let attached = volcengine.now.secondaryENIs.filter {
                $0.status == "InUse" && $0.instanceID == "i-\(number)"
            }
            for (index, eni) in attached.enumerated() where isVolcengine {
                var nic = NodeInterfaces.Interface()
                nic.index = UInt32(index) + 10
                nic.macAddress = eni.macAddress
                interfaces.byName["eth\(index + 1)"] = nic
            }
            return interfaces
        }
        var paths = ProvisionPaths()
        paths.stateDirectory = directory
        paths.cniConfDirectory = directory + "/cni"
        paths.pidFile = directory + "/daemon.pid"
        let nobody = "http://127.0.0.1:1"
        var environment = CloudEnvironment(variables: [
            "COCOON_NET_VOLCENGINE_ENDPOINT": volcengineServer.url,
            "COCOON_NET_VOLCENGINE_METADATA": place == .gke || place == .nowhere ? nobody : volcengineServer.url,
            "COCOON_NET_GCE_ENDPOINT": gceServer.url + "/compute/v1",
            "COCOON_NET_GCE_METADATA": place == .volcengine || place == .nowhere ? nobody : gceServer.url,
            "VOLCENGINE_ACCESS_KEY_ID": "AKEXAMPLE", "VOLCENGINE_SECRET_ACCESS_KEY": "SKEXAMPLE/+=",
        ])
        environment.homeDirectory = directory
        environment.patience.attempts = 4
        environment.patience.firstPause = .microseconds(10)
        environment.patience.longestPause = .microseconds(100)
        environment.patience.pollInterval = .microseconds(10)
        environment.patience.pollLimit = .seconds(60)
        environment.patience.metadataPatience = .seconds(20)
        // Other tests keep the threads of this process busy for seconds.
        environment.patience.detectionLimit = .seconds(120)
        environment.patience.readInterval = .zero
        environment.patience.writeInterval = .zero
        site = ProvisionSite(paths, environment: environment)
        site.node = node
    }

    /// Stops the servers and removes the state directory.
    func close() async throws {
        for server in servers { try await server.stop() }
        try? FileManager.default.removeItem(atPath: directory)
    }

    func request(_ command: PoolRequest.Command = .`init`, poolSize: Int? = nil) -> PoolRequest {
        var request = PoolRequest(command, nodeName: "node-\(number)", subnet: "172.20.100.0/24")
        request.poolSize = poolSize
        return request
    }

    /// A request that makes `init` choose the subnet.
    func choosingRequest(poolSize: Int = 3, supernet: String = "172.20.0.0/16") -> PoolRequest {
        var request = request(poolSize: poolSize)
        request.subnet = "auto"
        request.supernet = supernet
        return request
    }

    /// Runs `init` or `adopt` to its end.
    @discardableResult
    func run(_ request: PoolRequest) async throws -> ProvisionPlan {
        let plan = try await Adoption.plan(request, on: site)
        try await plan.apply { _ in }
        return plan
    }

    @discardableResult
    func teardown(deletesSubnet: Bool = false) async throws -> ProvisionPlan {
        let plan = try await Teardown.plan(on: site, force: false, deletesSubnet: deletesSubnet)
        try await plan.apply { _ in }
        return plan
    }

    var pool: Pool? { get throws { try Pool.loadIfPresent(from: directory) } }
}

/// Makes a site for a test and closes it afterwards.
func withCloudSite(
    _ place: CloudSite.Place, number: UInt8 = 1, beside neighbour: CloudSite? = nil,
    _ body: (CloudSite) async throws -> Void
) async throws {
    let site = try await CloudSite(place, number: number, beside: neighbour)
    do {
        try await body(site)
    } catch {
        try await site.close()
        throw error
    }
    try await site.close()
}
