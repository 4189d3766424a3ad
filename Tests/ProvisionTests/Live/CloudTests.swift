import Addresses
import Glibc
import Synchronization
import TestCloud
import TestSupport
import Testing

@testable import Node

/// A host in a test cloud of its own, which gives it real NICs.
private struct CloudHost {
    let host: ProvisionHost
    let cloud = TestVolcengine()
    let gce = TestGCE()
    let server: LoopbackHTTPServer
    /// The process to kill at a certain call, and the number of that call.
    private let victim = Victim()

    static let initialize = ["init", "--node-name", "node-1", "--subnet", "172.20.100.0/24"] + ProvisionHost.paths
    private static let nobody = "http://127.0.0.1:1"
    private static let url = "http://127.0.0.1:8080"
    private var environment = [
        "COCOON_NET_VOLCENGINE_ENDPOINT": url, "COCOON_NET_VOLCENGINE_METADATA": url, "COCOON_NET_GCE_METADATA": nobody,
        "COCOON_NET_GCE_ENDPOINT": url + "/compute/v1",
        "VOLCENGINE_ACCESS_KEY_ID": "AKEXAMPLE", "VOLCENGINE_SECRET_ACCESS_KEY": "SKEXAMPLE/+=",
        "PATH": "/run/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ]

    init(onGCE: Bool = false) async throws {
        host = try ProvisionHost()
        if onGCE {
            environment["COCOON_NET_VOLCENGINE_METADATA"] = Self.nobody
            environment["COCOON_NET_GCE_METADATA"] = Self.url
        }
        let sandbox = host.sandbox
        let nic = onGCE ? "ens4" : "eth0"
        try sandbox.shell("ip link set lo up; ip link add \(nic) type veth peer name far; ip link set \(nic) up")
        let cloud = cloud
        let gce = gce
        let victim = victim
        cloud.change { state in
            state.plugIn = { eni in
                // The order of the kernel's names is not that of the cloud's ENIs.
                let link = "ip link add nic-\(eni.id) address \(eni.macAddress) type veth peer name x\(eni.id)"
                _ = try? sandbox.shell(link)
            }
        }
        server = try await LoopbackHTTPServer(listeningSocket: try sandbox.listeningSocket(port: 8080)) { request in
            if onGCE { return gce.answer(request) }
            let answer = cloud.answer(request)
            victim.look(at: cloud.now.faults.log.count)
            return answer
        }
    }

    private var command: [String] { ["env"] + environment.map { "\($0)=\($1)" } + [ProvisionHost.tool] }

    func run(_ arguments: [String]) throws -> String {
        try host.sandbox.run(command + arguments, within: .seconds(60))
    }

    /// Starts the tools at the same time, waits for them, and returns what they printed. All must succeed.
    func runAtOnce(_ commands: [String]...) throws -> [String] {
        let processes = try commands.map { try host.sandbox.start(command + $0) }
        return try processes.map { process in
            try #require(try process.wait(within: .seconds(60)) == .exit(0), "\(process.output)")
            return process.output
        }
    }

    /// Runs the tool without keys, and returns how it ended and what it printed.
    func runWithoutKeys(_ arguments: [String]) throws -> (ending: ChildProcess.Ending, output: String) {
        let process = try host.sandbox.start(command.filter { !$0.hasPrefix("VOLCENGINE") } + arguments)
        return (try process.wait(within: .seconds(60)), process.output)
    }

    /// Gives the host what the operator made by hand: seven ENIs with twenty addresses each, and their NICs.
    func attachByHand(nics: [String]) throws {
        let network = IPv4Network("172.20.100.0/24")!
        cloud.change { $0.addENIs(7, addresses: 20, in: network, to: "i-1") }
        for (nic, eni) in zip(nics, cloud.now.secondaryENIs) {
            try host.sandbox.shell("ip link add \(nic) address \(eni.macAddress) type veth peer name far-\(nic)")
        }
    }

    /// Runs the tool and kills it when the cloud has served that many calls.
    func run(_ arguments: [String], untilCall number: Int) throws {
        let process = try host.sandbox.start(command + arguments)
        victim.set(process, dyingAt: cloud.now.faults.log.count + number)
        _ = try process.wait(within: .seconds(60))
        victim.set(nil, dyingAt: 0)
    }

    /// Whether nothing is left on the host or in the cloud.
    func isBare() throws -> Bool {
        let rules = try host.rules()
        return cloud.now.secondaryENIs.isEmpty && cloud.now.subnets.count == 1 && !rules.contains("cni0")
            && host.sandbox.read(ProvisionHost.poolFile) == nil
    }

    private final class Victim: Sendable {
        private let next = Mutex<(process: ChildProcess?, number: Int)>((nil, 0))

        func set(_ process: ChildProcess?, dyingAt number: Int) { next.withLock { $0 = (process, number) } }

        func look(at count: Int) {
            let process = next.withLock { count >= $0.number ? $0.process : nil }
            process?.send(SIGKILL)
        }
    }
}

/// Runs the tool as users do, on a host of its own, against a cloud that gives it real NICs.
@Suite("init and teardown on a host in a cloud", .needsSandbox)
struct CloudTests {
    @Test(
        "volcengine, detected by its metadata: NICs are found by MAC address, set up and served; teardown undoes it"
    )
    func volcengine() async throws {
        let site = try await CloudHost()
        let before = try site.host.snapshot()
        let plan = try site.run(CloudHost.initialize + ["--pool-size", "45", "--dry-run", "--output", "json"])
        let steps = try JSON(parsing: Array(plan.utf8))["steps"]
        #expect(steps?.compactText.contains("create 3 ENIs") == true)
        #expect(try site.host.snapshot() == before)

        let output = try site.run(CloudHost.initialize + ["--pool-size", "45"])
        #expect(output.contains("done: attach 3 ENIs to i-1") && !output.contains("SKEXAMPLE"))
        let pool = try site.host.sandbox.pool()
        #expect(pool.ips.count == 45 && pool.secondaryNICs.count == 3 && pool.primaryNIC == "eth0")
        let rules = try site.host.rules()
        for nic in pool.secondaryNICs {
            #expect(try site.host.sandbox.run(["ip", "link", "show", nic]).contains(",UP"))
            #expect(rules.contains("-A FORWARD -i \(nic) -o cni0 -j ACCEPT"))
        }
        #expect(try site.run(["status"] + ProvisionHost.paths).contains("ENIs:       3\nSubnetID:   subnet-"))

        _ = try site.run(["teardown", "--delete-subnet"] + ProvisionHost.paths)
        #expect(try site.isBare())
        try await site.server.stop()
    }

    @Test(
        "adopt takes over a node made by hand without keys, whatever its NICs are called, and teardown deletes its ENIs",
        arguments: [false, true])
    func adopt(spellsUnderscores: Bool) async throws {
        let site = try await CloudHost()
        site.cloud.change { $0.spellsUnderscores = spellsUnderscores }
        let nics = ["ens12", "ens6", "ens7", "ens8", "eth1", "enp0s9", "ens10"]
        try site.attachByHand(nics: nics)
        let adopt = ["adopt"] + CloudHost.initialize.dropFirst() + ["--manage-iptables"]
        let adopted = try site.runWithoutKeys(adopt + ["--pool-size", "9"])
        #expect(adopted.ending == .exit(0), "\(adopted.output)")
        let pool = try site.host.sandbox.pool()
        let enis = site.cloud.now.secondaryENIs
        #expect(pool.ips.count == 140 && Set(pool.ips) == Set(enis.flatMap(\.secondaryAddresses)))
        #expect(pool.secondaryNICs == nics && pool.eniIDs == enis.map(\.id) && pool.primaryNIC == "eth0")
        #expect(site.cloud.now.faults.log == [])
        for nic in nics { #expect(try site.host.sandbox.run(["ip", "link", "show", nic]).contains(",UP")) }

        site.cloud.change { state in
            var foreign = state.enis[0]
            foreign.id = "eni-foreign"
            foreign.isPrimary = false
            state.enis.append(foreign)
        }
        _ = try site.run(["teardown"] + ProvisionHost.paths)
        #expect(site.cloud.now.secondaryENIs.map(\.id) == ["eni-foreign"])
        try await site.server.stop()
    }

    @Test("adopt asks the API where the metadata service tells no addresses, and names an ENI that has no NIC here")
    func adoptWithKeys() async throws {
        let site = try await CloudHost()
        site.cloud.change { $0.tellsAddresses = false }
        let nics = (6...12).map { "ens\($0)" }
        try site.attachByHand(nics: nics)
        let adopt = ["adopt"] + CloudHost.initialize.dropFirst()
        let blind = try site.runWithoutKeys(adopt)
        #expect(blind.ending == .exit(1) && blind.output.contains("7 secondary ENIs have no secondary addresses"))
        #expect(site.host.sandbox.read(ProvisionHost.poolFile) == nil)
        _ = try site.run(adopt)
        #expect(try site.host.sandbox.pool().ips.count == 140)

        try site.host.sandbox.shell("ip link set ens8 address 02:00:00:00:00:08")
        site.cloud.change { $0.tellsAddresses = true }
        let hidden = try site.runWithoutKeys(adopt)
        #expect(hidden.ending == .exit(1) && hidden.output.contains("the ENI eni-hand-3 carries 20 addresses"))
        let named = try site.runWithoutKeys(adopt + nics.flatMap { ["--secondary-nic", $0] })
        #expect(named.ending == .exit(0), "\(named.output)")
        #expect(try site.host.sandbox.pool().secondaryNICs == nics)
        try await site.server.stop()
    }

    @Test(
        "gke, detected by its metadata: adds the alias, removes the guest agent's route; teardown keeps others' aliases"
    )
    func gke() async throws {
        let site = try await CloudHost(onGCE: true)
        site.gce.change { $0.aliases = [.others] }
        try site.host.sandbox.shell("ip route add local 172.20.100.0/24 dev ens4 table local proto 66")
        let output = try site.run(CloudHost.initialize)
        #expect(output.contains("done: remove the local routes to 172.20.100.0/24"))
        #expect(
            try !site.host.sandbox.run(["ip", "route", "show", "table", "local"]).contains("172.20.100.0/24 dev ens4"))
        #expect(site.gce.now.aliases == [.others, .ours] && site.gce.now.ranges == [.ours])
        let status = try site.run(["status"] + ProvisionHost.paths)
        #expect(status.contains("Platform:   gke\n") && status.contains("Aliases:    172.20.100.0/24 of cocoon-pods\n"))
        #expect(try site.host.sandbox.pool().ips.count == 140)
        _ = try site.run(["teardown"] + ProvisionHost.paths)
        #expect(site.gce.now.aliases == [.others])
        #expect(try site.isBare())
        try await site.server.stop()
    }

    @Test("two inits at once make the ENIs once, and a teardown beside an init leaks nothing")
    func atOnce() async throws {
        let site = try await CloudHost()
        let outputs = try site.runAtOnce(
            CloudHost.initialize + ["--pool-size", "45"], CloudHost.initialize + ["--pool-size", "45"])
        let waiting = "waiting: another cocoon-net command is working on /run/state"
        #expect(outputs.count { $0.contains(waiting) } <= 1)
        #expect(site.cloud.now.secondaryENIs.count == 3)
        #expect(try site.host.sandbox.pool().eniIDs.sorted() == site.cloud.now.secondaryENIs.map(\.id).sorted())
        #expect(try site.host.sandbox.pool().ips.count == 45)

        _ = try site.runAtOnce(
            CloudHost.initialize + ["--pool-size", "65"], ["teardown", "--delete-subnet"] + ProvisionHost.paths)
        let known = site.host.sandbox.read(ProvisionHost.poolFile) == nil ? [] : try site.host.sandbox.pool().eniIDs
        #expect(known.sorted() == site.cloud.now.secondaryENIs.map(\.id).sorted())
        _ = try site.run(["teardown", "--delete-subnet"] + ProvisionHost.paths)
        #expect(try site.isBare())
        try await site.server.stop()
    }

    @Test("after a kill at a call, init continues and teardown finds everything", arguments: [7, 9, 11, 13, 15, 17])
    func killed(call number: Int) async throws {
        let site = try await CloudHost()
        let initialize = CloudHost.initialize + ["--pool-size", "25"]
        try site.run(initialize, untilCall: number)
        _ = try site.run(initialize)
        #expect(site.cloud.now.secondaryENIs.map(\.secondaryAddresses.count).sorted() == [5, 20])
        #expect(try site.host.sandbox.pool().ips.count == 25)
        try site.run(["teardown", "--delete-subnet"] + ProvisionHost.paths, untilCall: number)
        if site.host.sandbox.read(ProvisionHost.poolFile) != nil {
            _ = try site.run(["teardown", "--delete-subnet"] + ProvisionHost.paths)
        }
        #expect(try site.isBare())
        try await site.server.stop()
    }
}
