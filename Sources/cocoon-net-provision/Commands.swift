import ArgumentParser
import LinuxSystem
import Node
import Provision

/// `cocoon-net adopt`.
struct AdoptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Manage a node whose addresses are already routed to it. Claims nothing from a cloud.")

    @OptionGroup var pool: PoolOptions
    @OptionGroup var places: PathOptions
    @OptionGroup var mode: RunOptions

    @Option(help: "The maximum number of addresses in the pool. (default: 253)")
    var poolSize: Int?

    @Option(help: "A file with the exact addresses that the VPC routes here, one per line.")
    var addressesFile: String?

    @Flag(help: "Write iptables rules. Without this flag, the host's rules stay as they are.")
    var manageIptables = false

    func run() async throws {
        var request = pool.request(.adopt, poolSize: poolSize)
        request.managesIPTables = manageIptables
        request.addressesFile = addressesFile
        let site = places.site
        try await Output.carryOut(on: site, mode) { try await Adoption.plan(request, on: site) }
    }
}

/// `cocoon-net init`.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract:
            "Claim addresses from the cloud and prepare the node. After an interruption, run it again to continue.")

    @OptionGroup var pool: PoolOptions
    @OptionGroup var places: PathOptions
    @OptionGroup var mode: RunOptions

    @Option(help: "The maximum number of addresses in the pool. (default: 140)")
    var poolSize: Int?

    @Option(
        help: "A security group for the ENIs (volcengine). May be given more than once. (default: the primary ENI's)")
    var securityGroup: [String] = []

    @Flag(help: "Add the rule that lets the VPC's own packets in, where it is missing (volcengine).")
    var ensureSecurityGroupRule = false

    @Option(
        help: "With --subnet auto: the network, such as 172.20.0.0/16, of which a free block becomes the VMs' subnet.")
    var supernet: String?

    @Option(help: "With --subnet auto: the length of the block's prefix. (default: 24)")
    var prefixLength: Int?

    func validate() throws {
        for group in securityGroup { try BlankText.refuse(["--security-group": group]) }
    }

    func run() async throws {
        var request = pool.request(.`init`, poolSize: poolSize)
        request.supernet = supernet
        request.prefixLength = prefixLength
        request.securityGroups = securityGroup
        request.ensuresSecurityGroupRule = ensureSecurityGroupRule
        let site = places.site
        try await Output.carryOut(on: site, mode) { try await Adoption.plan(request, on: site) }
    }
}

/// `cocoon-net status`.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Show the pool of this node.")

    @OptionGroup var places: PathOptions

    @Option(help: "How to print: text or json.")
    var output = OutputFormat.text

    func run() throws {
        let status = try Status.read(on: places.site)
        if let warning = status.pool.warning { StandardError.print("warning: " + warning) }
        switch output {
        case .text: print(status.text, terminator: "")
        case .json: print(status.json.prettyText)
        }
    }
}

/// `cocoon-net doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check for each known way in which VMs lose their network, and say what to do. Fails if one is found."
    )

    @OptionGroup var places: PathOptions

    @Option(help: "The directory of the CNI plugins.")
    var cniBinDir = ProvisionPaths().cniBinDirectory

    @Option(help: "How to print: text or json.")
    var output = OutputFormat.text

    func validate() throws { try BlankText.refuse(["--cni-bin-dir": cniBinDir]) }

    func run() async throws {
        var site = places.site
        site.paths.cniBinDirectory = cniBinDir
        let findings = try await Doctor.examine(site)
        switch output {
        case .text: for finding in findings { print(finding.text, terminator: "") }
        case .json: print(JSON.array(findings.map(\.json)).prettyText)
        }
        let badCount = findings.count { $0.outcome == .bad }
        guard badCount == 0 else { throw DoctorError(badCount: badCount, count: findings.count) }
    }
}

/// Some checks failed.
struct DoctorError: Error, CustomStringConvertible {
    let badCount: Int
    let count: Int

    var description: String { "\(badCount) of \(count) checks failed; the lines above say what to do" }
}

/// `cocoon-net teardown`.
struct TeardownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "teardown",
        abstract:
            "Remove what adopt or init made on this node, release what was claimed from the cloud, and delete pool and leases."
    )

    @OptionGroup var places: PathOptions
    @OptionGroup var mode: RunOptions

    @Flag(help: "Stop the daemon if it is running.")
    var force = false

    @Flag(help: "Delete the VMs' subnet in the cloud too, when init made it and it is empty (volcengine).")
    var deleteSubnet = false

    @Option(help: "The daemon's --lease-file, if it was given one. (default: leases.json in the state directory)")
    var leaseFile: String?

    func validate() throws { try BlankText.refuse(["--lease-file": leaseFile]) }

    func run() async throws {
        let site = places.site
        try await Output.carryOut(on: site, mode) {
            try await Teardown.plan(
                on: site, force: force, isDryRun: mode.dryRun, deletesSubnet: deleteSubnet, leaseFile: leaseFile)
        }
    }
}
