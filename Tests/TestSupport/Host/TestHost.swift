package import Addresses
import Glibc

/// A host as operators set it up, with `cocoon-net adopt` and then `cocoon-net daemon`, in a network of its own.
///
/// Everything is in the host's sandbox and is removed with it. Both programs are the release build that users get.
package final class TestHost: Sendable {
    package let sandbox: Sandbox
    package let subnet: IPv4Network
    package let bridge = "cni0"
    package let metricsPort: UInt16 = 9092
    /// Whether many tests use this host at once, so that none of them can say when it is at rest.
    let isShared: Bool

    package static let stateDirectory = "/run/cocoon/state"
    package static let pidFile = "/run/cocoon/daemon.pid"
    package static let controlSocket = "/run/cocoon/control/control.sock"
    package static let leaseFile = "/run/cocoon/leases.json"
    package static let cniDirectory = "/run/cocoon/cni"
    package static let poolFile = stateDirectory + "/pool.json"

    /// The subnet's first host address, as `adopt` chooses it.
    package var gateway: IPv4Address { subnet.hosts.first! }

    /// Adopts `subnet` with a pool of the first `poolSize` addresses after the gateway.
    package init(
        subnet: IPv4Network = standardSubnet, poolSize: Int = 200, adopt arguments: [String] = [],
        isShared: Bool = false
    ) throws {
        try Program.checkBuild()
        self.isShared = isShared
        sandbox = try Sandbox("host")
        self.subnet = subnet
        try sandbox.run(["mkdir", "-p", "/run/cocoon"])
        try adopt(poolSize: poolSize, arguments)
        // Otherwise the bridge would drop malformed IP packets before the daemon could count them.
        try sandbox.shell("sysctl -q -w net.bridge.bridge-nf-call-iptables=0 2>&- || true")
    }

    package static let standardSubnet = IPv4Network(containing: IPv4Address(172, 20, 100, 0), prefixLength: 24)

    /// Runs `cocoon-net adopt` and returns what it printed.
    @discardableResult
    package func adopt(poolSize: Int, _ arguments: [String] = []) throws -> String {
        let command = [
            Program.cocoonNet, "adopt", "--platform", "none", "--node-name", "test", "--subnet", "\(subnet)",
            "--pool-size", "\(poolSize)", "--state-dir", Self.stateDirectory, "--cni-conf-dir", Self.cniDirectory,
        ]
        return try sandbox.run(command + arguments)
    }

    /// The arguments that tell a daemon where this host's files are.
    package var daemonArguments: [String] {
        [
            "--state-dir", Self.stateDirectory, "--pid-file", Self.pidFile, "--cni-conf-dir", Self.cniDirectory,
            "--control-socket", Self.controlSocket, "--lease-file", Self.leaseFile,
            "--metrics-addr", "127.0.0.1:\(metricsPort)",
        ]
    }

    /// Starts a daemon and waits until it serves.
    package func startDaemon(_ arguments: [String] = [], logLevel: String = "info") throws -> Daemon {
        let daemon = try Daemon(on: self, arguments, logLevel: logLevel)
        try daemon.waitUntilReady()
        return daemon
    }

    /// A VM on the bridge. The name has at most 10 characters.
    package func machine(_ name: String = "vm", mac: MACAddress = MACAddress(2, 0, 0, 0, 0, 1)) throws -> Machine {
        try Machine(name, mac: mac, on: sandbox, bridge: bridge)
    }

    package func metrics() throws -> Metrics {
        let response = try sandbox.http("GET", "/metrics", at: .port(metricsPort))
        guard response.status == 200 else { throw ExchangeError("GET /metrics: \(response.status)") }
        return Metrics(response.body)
    }

    /// Sends a request to the control socket.
    package func control(_ method: String, _ path: String, body: String = "") throws -> HTTPResponse {
        try sandbox.http(method, path, body: body, at: .socket(Self.controlSocket))
    }
}

/// A `cocoon-net daemon` of a host.
package final class Daemon: Sendable {
    package let process: ChildProcess
    let host: TestHost

    /// Starts the daemon without waiting for it, since a test may expect it to fail.
    /// - Parameter wrapper: a command that starts the daemon with fewer rights.
    package init(
        on host: TestHost, _ arguments: [String] = [], logLevel: String = "info", wrappedIn wrapper: [String] = []
    ) throws {
        self.host = host
        process = try host.sandbox.start(
            wrapper + [Program.cocoonNet, "daemon"] + host.daemonArguments + arguments,
            environment: ["COCOON_NET_LOG_LEVEL": logLevel])
        if !host.isShared { StartedDaemons.current?.append(self) }
    }

    /// Waits until the daemon serves. It opens its metrics last, so they say when that is.
    package func waitUntilReady() throws {
        let isReady = eventually(within: .seconds(20)) { () -> Bool? in
            guard process.isRunning else { return false }
            return (try? host.metrics()) == nil ? nil : true
        }
        guard isReady == true else {
            throw CommandError(arguments: process.arguments, problem: "did not get ready", output: process.output)
        }
    }

    /// Kills the daemon and waits for its end.
    package func kill() throws {
        process.send(SIGKILL)
        _ = try process.wait()
    }
}
