import Addresses
import FoundationEssentials
import Glibc
import LinuxSystem
import Netlink
import Node
import Storm
import Subprocess
import SystemPackage

/// A host for the demo, in the namespaces of this process: a bridge, a pool and the daemon that users run.
struct DemoHost: Sendable {
    static let bridge = "cni0"
    static let clientLimits = 1...60_000

    let subnet: IPv4Network
    private let poolSize: Int
    private let tool: String
    private let folder: String

    /// Finds the tools and makes a temporary folder.
    init(clientCount: Int) throws {
        // One more address, for the VM that first checks whether the daemon serves.
        poolSize = clientCount + 1
        subnet = IPv4Network(containing: IPv4Address(172, 20, 0, 0), prefixLength: poolSize < 4000 ? 20 : 16)
        tool = try Self.cocoonNet()
        folder = try Self.makeTemporaryFolder()
    }

    /// Removes the temporary folder.
    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    private var stateDirectory: String { folder + "/state" }
    private var cniConfDirectory: String { folder + "/cni" }
    private var controlSocket: String { folder + "/control.sock" }
    private var pidFile: String { folder + "/daemon.pid" }
    static let metricsPort: UInt16 = 9092
    private static let metricsAddress = "127.0.0.1:\(metricsPort)"

    // MARK: Setting up and serving

    /// Writes pool.json and sets the node up, as `cocoon-net adopt --platform none` does. The provisioning tool is not
    /// needed for that; it takes minutes to build because of its TLS.
    func prepare() async throws {
        var links = try Links()
        try links.setUp(try links.get(named: "lo"))
        let gateway = IPv4Address(rawValue: subnet.address.rawValue + 1)
        let pool = Pool(
            platform: .none, nodeName: "demo", subnet: subnet, gateway: gateway,
            ips: Array(subnet.hosts.dropFirst().prefix(poolSize)))
        try pool.save(in: stateDirectory)
        let setup = NodeSetup(pool, cniConfDirectory: cniConfDirectory)
        try await setup.plan(for: try await NodeState.read(for: setup)).apply { _ in }
        Self.letBridgedPacketsPass()
    }

    /// Runs the daemon while `body` runs, and then stops it. If the daemon ends by itself, that ends `body` too.
    func whileServing(_ body: @Sendable @escaping () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let result = try await runDaemon()
                guard !Task.isCancelled else { return }
                throw daemonFailure(result)
            }
            group.addTask(operation: body)
            try await group.next()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Waits until a test VM gets an address, which it then releases.
    func waitUntilServing(_ interface: String) async throws {
        let patience = ContinuousClock.now + .seconds(20)
        while !Files.exists(pidFile) {
            guard ContinuousClock.now < patience else {
                throw CommandFailure("cocoon-net daemon did not start to serve within 20 s")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        var plan = StormPlan()
        plan.clientCount = 1
        plan.mix = ScenarioMix(.release)
        plan.firstBackOff = .milliseconds(50)
        // A different seed than the storm's, so that this VM is not one of the storm's.
        plan.seed = 0
        let result = await ProgressDisplay.wait(for: try StormRun(plan, onInterface: interface))
        try Task.checkCancellation()
        guard result.problems.isEmpty else { throw CommandFailure(result.problems) }
    }

    private typealias ToolResult = ExecutionResult<Void, StringOutput<UTF8>, CombinedErrorOutput>

    private func runDaemon() async throws -> ToolResult {
        var options = PlatformOptions()
        // A process group of its own: Ctrl-C reaches only this program, which then stops the others in its own order.
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(5))]
        let arguments: Arguments = [
            "daemon", "--state-dir", stateDirectory, "--cni-conf-dir", cniConfDirectory, "--pid-file", pidFile,
            "--control-socket", controlSocket, "--metrics-addr", Self.metricsAddress,
        ]
        return try await Subprocess.run(
            .path(FilePath(tool)), arguments: arguments, platformOptions: options,
            output: .string(limit: 64 << 20), error: .combinedWithOutput)
    }

    /// The error for a daemon that ended by itself, with the last lines that it printed.
    private func daemonFailure(_ result: borrowing ToolResult) -> CommandFailure {
        let lastLines = result.standardOutput.split(separator: "\n").suffix(20)
        let head = "cocoon-net daemon ended (\(result.terminationStatus))"
        return CommandFailure(([head] + lastLines.map(String.init)).joined(separator: "\n  "))
    }

    // MARK: Inspecting

    /// Lines for the table: what the kernel and the disk hold for the leases.
    func facts() throws -> [(name: String, value: String)] {
        var links = try Links(), routes = try Routes(), neighbours = try Neighbours()
        let bridge = try links.get(named: Self.bridge)
        let hostRoutes = try routes.list(RouteFilter(table: .main, interfaceIndex: bridge.index, routeProtocol: .dhcp))
        let pinned = try neighbours.list(on: bridge).filter { $0.state == .permanent }
        // Without the syncs for the VM that asked first: one for its lease and one for its release.
        let syncs = Self.metric("cocoon_net_dhcp_journal_syncs_total").map { Int($0) - 2 } ?? 0
        return [("host routes", hostRoutes.count), ("pinned neighbours", pinned.count), ("syncs to disk", syncs)]
            .filter { $0.1 > 0 }
            .map { ($0.0, grouped($0.1)) }
    }

    /// How to get into the host from another terminal.
    var lookAround: String {
        """

        The host is still there. From another terminal:
          nsenter \(PrivateNamespaces.nsenterOptions) -t \(getpid()) bash
        and in it, for example:
          ip route show dev \(Self.bridge)
          curl -s \(Self.metricsAddress)/metrics
          cat \(stateDirectory)/leases.json
        Press Ctrl-C here to end it.
        """
    }

    // MARK: The machine

    /// The path of the program that this one belongs to, which is in the same directory.
    private static func cocoonNet() throws -> String {
        let path = Files.parent(of: try ProcessImage.path) + "/cocoon-net"
        guard Files.exists(path) else {
            throw CommandFailure("there is no \(path); put cocoon-net and its tools into one directory")
        }
        return path
    }

    private static func makeTemporaryFolder() throws -> String {
        let parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        var template = Array((parent + "/cocoon-net-demo.XXXXXX").utf8CString)
        // SAFETY: the template is ours, ends in a zero byte, and is written to only during the call.
        guard unsafe mkdtemp(&template) != nil else {
            throw SystemError(operation: "mkdtemp", code: Errno(rawValue: errno), path: parent)
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Keeps iptables from seeing packets between VMs, if the kernel module that passes them to it is loaded. It costs
    /// a seventh.
    private static func letBridgedPacketsPass() {
        let path = "/proc/sys/net/bridge/bridge-nf-call-iptables"
        guard Files.exists(path) else { return }
        try? "0\n".write(toFile: path, atomically: false, encoding: .utf8)
    }
}
