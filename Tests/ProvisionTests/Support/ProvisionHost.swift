import TestSupport
import Testing

/// A host for the tool to work on: a sandbox with the tool's own paths in it.
struct ProvisionHost {
    let sandbox: Sandbox
    /// Words before the tool's name in each command, such as `env PATH=…`.
    var prefix: [String] = []

    static let tool = Program.cocoonNet + "-provision"
    static let probe = Program.cocoonNet + "-storm"
    static let poolFile = "/run/state/pool.json"
    static let paths = ["--state-dir", "/run/state", "--cni-conf-dir", "/run/cni", "--pid-file", "/run/daemon.pid"]
    static let conflist = "/run/cni/30-cocoon-dhcp.conflist"

    /// Which of the kernel's two rule engines the host's iptables tools use.
    enum BackEnd: String, CaseIterable, Sendable {
        case nft
        case legacy
    }

    init(_ backEnd: BackEnd = .nft) throws {
        sandbox = try Sandbox("node")
        try sandbox.shell(
            """
            mkdir -p /run/bin
            for tool in iptables iptables-save iptables-restore; do
              ln -s /usr/sbin/$(echo $tool | sed s/iptables/iptables-\(backEnd.rawValue)/) /run/bin/$tool
            done
            """)
        prefix = ["env", "PATH=/run/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
    }

    /// The command line of `adopt` or `init` for the usual subnet.
    static func command(_ name: String, _ more: [String] = [], subnet: String = "172.20.100.0/24") -> [String] {
        [name, "--platform", "none", "--node-name", "node-1", "--subnet", subnet] + paths + more
    }

    /// Runs the tool, which must exit with code 0.
    /// - Returns: what it printed, including errors and warnings.
    @discardableResult
    func run(_ arguments: [String]) throws -> String { try sandbox.run(prefix + [Self.tool] + arguments) }

    /// Runs the tool, which must exit with code 1.
    /// - Returns: what it printed.
    func fail(_ arguments: [String]) throws -> String {
        let process = try sandbox.start(prefix + [Self.tool] + arguments)
        let ending = try process.wait()
        try #require(ending == .exit(1), "\(arguments.joined(separator: " ")): \(process.output)")
        return process.output
    }

    func adopt(_ more: [String] = [], subnet: String = "172.20.100.0/24") throws -> String {
        try run(Self.command("adopt", more, subnet: subnet))
    }

    func initialize(_ more: [String] = [], subnet: String = "172.20.100.0/24") throws -> String {
        try run(Self.command("init", more, subnet: subnet))
    }

    func teardown(_ more: [String] = []) throws -> String { try run(["teardown"] + Self.paths + more) }

    /// Installs a CNI plugin that knows all settings of our network, and the tool that it needs.
    func installPlugins() throws {
        try sandbox.run(["mkdir", "-p", Self.pluginDirectory])
        try sandbox.write(Self.plugin, to: Self.pluginDirectory + "/bridge", mode: 0o755)
        try sandbox.run(["ln", "-sf", "/bin/true", "/run/bin/nft"])
    }

    static let pluginDirectory = "/run/plugins"
    private static let plugin = #"""
        #!/bin/sh
        # Knows portIsolation and macspoofchk.
        cat > /dev/null
        echo '{"cniVersion": "1.0.0", "supportedVersions": ["0.4.0", "1.0.0"]}'
        """#

    /// Starts the daemon and waits until it serves.
    func startDaemon() throws -> ChildProcess {
        let port: UInt16 = 9092
        let places = ["--control-socket", "/run/control.sock", "--metrics-addr", "127.0.0.1:\(port)"]
        let daemon = try sandbox.start(prefix + [Program.cocoonNet, "daemon"] + Self.paths + places)
        let isReady = eventually(within: .seconds(20)) {
            !daemon.isRunning || (try? sandbox.http("GET", "/metrics", at: .port(port))) != nil
        }
        guard isReady, daemon.isRunning else {
            throw CommandError(arguments: daemon.arguments, problem: "did not get ready", output: daemon.output)
        }
        return daemon
    }

    /// The rules without counters and comments.
    func rules() throws -> String {
        try sandbox.run(prefix + ["iptables-save"]).split(separator: "\n")
            .filter { !$0.hasPrefix("#") }
            .map { $0.hasPrefix(":") ? $0.prefix { $0 != "[" } : $0 }
            .joined(separator: "\n")
    }

    /// Everything that the tool may change, as text: links, addresses, routes, neighbours, rules, sysctls and files.
    /// IPv6 is left out, because the kernel adds link-local addresses in its own time.
    func snapshot() throws -> String {
        try sandbox.shell(
            """
            PATH=/run/bin:$PATH
            ip -4 address; ip -4 route show table all; ip -4 neighbour; cat /sys/class/net/*/address
            iptables-save | sed -e '/^#/d' -e 's/\\[.*//'
            grep -r . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/rp_filter
            find /run /etc/cni /var/lib -xdev -printf '%p %m %s %T@\\n' | sort
            find /run /etc/cni -xdev -type f -exec cksum {} + | sort
            """)
    }
}
