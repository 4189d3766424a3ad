import Addresses
import FoundationEssentials
import Glibc
import Synchronization
import TestCloud

@testable import Node
@testable import Provision

/// A node in memory: steps change what the next look sees.
final class MemoryNode: NodeAccess {
    private let interfacesNow: @Sendable () -> NodeInterfaces
    private let applied = Mutex<[String]>([])

    init(_ interfaces: @escaping @Sendable () -> NodeInterfaces) { interfacesNow = interfaces }

    /// What has been done to it.
    var steps: [String] { applied.withLock { $0 } }

    func interfaces() throws -> NodeInterfaces { interfacesNow() }

    func state(for setup: NodeSetup) async throws -> NodeState {
        NodeState(interfaces: interfacesNow(), ruleset: setup.rules == nil ? nil : Ruleset())
    }

    func apply(_ step: NodeStep) async throws { applied.withLock { $0.append(step.summary) } }
}

/// A node in a test cloud, with a state directory of its own.
struct CloudSite {
    let volcengine = TestVolcengine()
    let gce = TestGCE()
    let node: MemoryNode
    let directory: String
    private let servers: [LoopbackHTTPServer]
    var site: ProvisionSite

    /// Which clouds answer on this host.
    enum Place { case volcengine, gke, both, nowhere }

    init(_ place: Place) async throws {
        let volcengine = volcengine
        let gce = gce
        let volcengineServer = try await LoopbackHTTPServer { volcengine.answer($0) }
        let gceServer = try await LoopbackHTTPServer { gce.answer($0) }
        servers = [volcengineServer, gceServer]
        directory = FileManager.default.temporaryDirectory.path + "/cocoon-net-provision-\(UUID().uuidString)"
        node = MemoryNode {
            var interfaces = NodeInterfaces()
            let isVolcengine = place == .volcengine || place == .both
            interfaces.byName[isVolcengine ? "eth0" : "ens4"] = NodeInterfaces.Interface()
            // A NIC for each ENI that is attached.
            for (index, eni) in volcengine.now.secondaryENIs.filter({ $0.status == "InUse" }).enumerated()
            where isVolcengine {
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
        environment.patience.readInterval = .zero
        environment.patience.writeInterval = .zero
        site = ProvisionSite(paths, environment: environment)
        site.node = node
    }

    /// Ends the servers and removes the state directory.
    func close() async throws {
        for server in servers { try await server.stop() }
        try? FileManager.default.removeItem(atPath: directory)
    }

    func request(_ command: PoolRequest.Command = .`init`, poolSize: Int? = nil) -> PoolRequest {
        var request = PoolRequest(command, nodeName: "node-1", subnet: "172.20.100.0/24")
        request.poolSize = poolSize
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

/// Gives a test a site and takes it away afterwards.
func withCloudSite(_ place: CloudSite.Place, _ body: (CloudSite) async throws -> Void) async throws {
    let site = try await CloudSite(place)
    do {
        try await body(site)
    } catch {
        try await site.close()
        throw error
    }
    try await site.close()
}
