import ArgumentParser
import Node
import Provision

/// Where a node's files are: options of every command.
struct PathOptions: ParsableArguments {
    @Option(help: "The directory of pool.json and of the leases.")
    var stateDir = Pool.defaultStateDirectory

    @Option(help: "The file with the process ID of the running daemon.")
    var pidFile = DaemonPIDFile.defaultPath

    @Option(help: "The directory of the CNI network configuration.")
    var cniConfDir = CNIConflist.defaultDirectory

    func validate() throws {
        try BlankText.refuse(["--state-dir": stateDir, "--pid-file": pidFile, "--cni-conf-dir": cniConfDir])
    }

    var paths: ProvisionPaths {
        var paths = ProvisionPaths()
        paths.stateDirectory = stateDir
        paths.pidFile = pidFile
        paths.cniConfDirectory = cniConfDir
        return paths
    }

    var site: ProvisionSite {
        var site = ProvisionSite(paths)
        site.environment.patience.report = ProgressLines().print
        return site
    }
}

/// How a command that changes something runs.
struct RunOptions: ParsableArguments {
    @Flag(help: "Print what would be done, and change nothing.")
    var dryRun = false

    @Flag(help: "Fail if another command is working on this node, instead of waiting for it.")
    var noWait = false

    @Option(help: "How to print: text or json.")
    var output = OutputFormat.text
}

/// What a pool is made from: options of `adopt` and `init`.
struct PoolOptions: ParsableArguments {
    @Option(
        help:
            "Where the addresses come from, one of \(Clouds.names). (default: the cloud whose metadata service answers)"
    )
    var platform: String?

    @Option(help: "The name of the virtual node.")
    var nodeName: String

    @Option(help: "The VMs' subnet, such as 172.20.100.0/24.")
    var subnet: String

    @Option(help: "The gateway's address on the bridge. (default: the first of the subnet)")
    var gateway: String?

    @Option(help: "The host's own NIC. (default: \(Clouds.primaryNICs), else that of the default route)")
    var primaryNic: String?

    @Option(
        help:
            "A NIC that carries the VMs' packets (volcengine). May be given more than once. (default: by the ENIs' MAC addresses)"
    )
    var secondaryNic: [String] = []

    @Option(help: "The DNS servers for the VMs, separated by commas.")
    var dns = "8.8.8.8,1.1.1.1"

    @Option(help: "The bridge that the VMs are on.")
    var interface = Pool.defaultInterface

    @Option(help: "A network that VMs may not reach. May be given more than once.")
    var dropCidr: [String] = []

    @Flag(help: "Keep VMs from reaching their own subnet through this host.")
    var dropInternalAccess = false

    @Option(help: "The daemon's --lease-file, if it was given one. (default: leases.json in the state directory)")
    var leaseFile: String?

    @Flag(help: "Accept a subnet that overlaps the network of one of the host's interfaces.")
    var allowOverlap = false

    @Flag(help: "Let leased addresses leave the pool. Their VMs get other addresses.")
    var dropLeases = false

    func validate() throws { try BlankText.refuse(["--lease-file": leaseFile]) }

    func request(_ command: PoolRequest.Command, poolSize: Int?) -> PoolRequest {
        var request = PoolRequest(command, nodeName: nodeName, subnet: subnet)
        request.platform = platform
        request.poolSize = poolSize
        request.gateway = gateway
        request.primaryNIC = primaryNic
        request.secondaryNICs = secondaryNic
        request.leaseFile = leaseFile
        request.dropsLeases = dropLeases
        request.dns = dns
        request.interface = interface
        request.dropCIDRs = dropCidr
        request.dropsInternalAccess = dropInternalAccess
        request.allowsOverlap = allowOverlap
        return request
    }
}
