import Addresses
import Testing

@testable import Node

@Suite("The plan for a node")
struct NodeSetupTests {
    private let setup: NodeSetup
    private let gateway = NodeInterfaces.Address(address: IPv4Address(172, 20, 100, 1), prefixLength: 24)

    init() { setup = NodeSetup(Self.pool) }

    private static let pool: Pool = {
        var pool = Pool.sample
        pool.primaryNIC = "eth0"
        pool.secondaryNICs = ["eth1"]
        return pool
    }()

    /// A host with two NICs, one of them down, and nothing that we made.
    private var bare: NodeState {
        var state = NodeState(ruleset: Ruleset())
        state.interfaces.byName = ["lo": .of(1), "eth0": .of(2, mtu: 1500), "eth1": .of(3, isUp: false)]
        state.sysctls = [.forwarding: "0", .reversePathFilterOff("all"): "2", .reversePathFilterOff("eth1"): "0"]
        return state
    }

    /// The host as it should be.
    private var ready: NodeState {
        var state = bare
        state.interfaces.byName["eth1"]?.isUp = true
        state.interfaces.byName["cni0"] = .of(
            4, kind: "bridge", macAddress: setup.bridgeMACAddress, mtu: 1500, [gateway])
        for sysctl in setup.sysctls(for: state.interfaces) { state.sysctls[sysctl] = sysctl.value }
        state.ruleset = Ruleset(
            parsing: setup.rules?.changes(to: Ruleset()).restoreInput.replacing("\nCOMMIT", with: "") ?? "")
        state.conflist = setup.conflist.content(mtu: 1500)
        return state
    }

    @Test("a bare host needs all steps, in an order in which each one can succeed")
    func bareHost() throws {
        #expect(
            try setup.plan(for: bare).steps.map { $0.summary + ": " + $0.reason } == [
                "create the bridge cni0 with MAC address \(setup.bridgeMACAddress): there is no cni0",
                "add 172.20.100.1/24 to cni0: it is the VMs' gateway",
                "set cni0 up: a new interface is down",
                "set eth1 up: it is down",
                "set net.ipv4.ip_forward to 1: it is 0",
                "set net.ipv4.conf.all.rp_filter to 0: it is 2",
                "set net.ipv4.conf.default.rp_filter to 0: it comes with the bridge",
                "set net.ipv4.conf.cni0.rp_filter to 0: it comes with the bridge",
                "set net.ipv4.conf.eth0.rp_filter to 0: it comes with the bridge",
                "update our iptables rules: some are missing or stale",
                "write /etc/cni/net.d/30-cocoon-dhcp.conflist: there is none",
            ])
    }

    @Test("a host that is as it should be needs nothing")
    func readyHost() throws {
        #expect(try setup.plan(for: ready) == NodePlan())
    }

    @Test("each deviation is one step")
    func oneStepEach() throws {
        func only(_ change: (inout NodeState) -> Void) throws -> [String] {
            var state = ready
            change(&state)
            return try setup.plan(for: state).steps.map { $0.summary + ": " + $0.reason }
        }
        #expect(try only { $0.interfaces.byName["cni0"]?.isUp = false } == ["set cni0 up: it is down"])
        #expect(
            try only { $0.interfaces.byName["cni0"]?.addresses = [] }
                == ["add 172.20.100.1/24 to cni0: it has no such address"])
        #expect(try only { $0.interfaces.byName["eth1"]?.isUp = false } == ["set eth1 up: it is down"])
        #expect(try only { $0.sysctls[.forwarding] = "0" } == ["set net.ipv4.ip_forward to 1: it is 0"])
        for name in ["default", "cni0", "eth0", "eth1"] {
            #expect(
                try only { $0.sysctls[.forwarding(of: name)] = "0" }
                    == ["set net.ipv4.conf.\(name).forwarding to 1: it is 0"])
            #expect(
                try only { $0.sysctls[.reversePathFilterOff(name)] = "1" }
                    == ["set net.ipv4.conf.\(name).rp_filter to 0: it is 1"])
        }
        #expect(
            try only { $0.conflist = [] }
                == ["write /etc/cni/net.d/30-cocoon-dhcp.conflist: its content differs"])
        #expect(
            try only { $0.ruleset?.nat = [] } == ["update our iptables rules: some are missing or stale"])
    }

    @Test("a change of ip_forward changes each interface's forwarding, so they need no steps of their own")
    func forwardingOfAll() throws {
        var state = ready
        for sysctl in setup.sysctls(for: state.interfaces) where sysctl.followsForwarding {
            state.sysctls[sysctl] = "0"
        }
        state.sysctls[.forwarding] = "0"
        #expect(try setup.plan(for: state).steps.map(\.summary) == ["set net.ipv4.ip_forward to 1"])
    }

    @Test("bridge and CNI network have the primary NIC's MTU")
    func mtu() throws {
        var state = ready
        state.interfaces.byName["eth0"]?.mtu = 8896
        #expect(
            try setup.plan(for: state).steps.map { $0.summary + ": " + $0.reason } == [
                "give cni0 the MTU 8896: it is that of eth0",
                "write /etc/cni/net.d/30-cocoon-dhcp.conflist: its content differs",
            ])
        state.interfaces.byName["cni0"] = nil
        #expect(try setup.plan(for: state).steps.contains { $0.summary == "give cni0 the MTU 8896" })
        state.interfaces.byName["eth0"] = nil
        #expect(
            try setup.plan(for: state).steps.map(\.summary).allSatisfy { !$0.contains("MTU") && !$0.contains("write") })
    }

    @Test("the bridge's MTU is never above that of its smallest port, and the port is named")
    func smallPort() throws {
        var state = ready
        state.interfaces.byName["vm1"] = .of(7, mtu: 1400, masterIndex: 4)
        state.interfaces.byName["vm2"] = .of(8, mtu: 9000, masterIndex: 4)
        state.interfaces.byName["other"] = .of(9, mtu: 1280, masterIndex: 5)
        let plan = try setup.plan(for: state)
        #expect(
            plan.steps.map { $0.summary + ": " + $0.reason } == ["give cni0 the MTU 1400: its port vm1 has no more"])
        #expect(plan.warnings.count == 1 && plan.warnings[0].hasPrefix("vm1, a port of cni0, has the MTU 1400"))
        state.interfaces.byName["cni0"]?.mtu = 1400
        #expect(try setup.plan(for: state).steps.isEmpty)
        state.interfaces.byName["vm1"] = nil
        #expect(try setup.plan(for: state).steps.map(\.summary) == ["give cni0 the MTU 1500"])
    }

    @Test(
        "packets pass to the primary NIC, and back what belongs to a connection; all of them if VMs' packets arrive there"
    )
    func primaryNIC() {
        var pool = Self.pool
        func accepts() -> [String] {
            NodeSetup(pool).rules?.accepts.filter { $0.words.contains("eth0") }.map { $0.text() } ?? []
        }
        let outward = "FORWARD -i cni0 -o eth0 -j ACCEPT"
        #expect(
            accepts() == ["FORWARD -i eth0 -o cni0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", outward])
        pool.nodeNeeds = [.noLocalRoutes]
        #expect(accepts() == ["FORWARD -i eth0 -o cni0 -j ACCEPT", outward])
        pool.nodeNeeds = []
        pool.secondaryNICs = ["eth0"]
        #expect(accepts() == ["FORWARD -i eth0 -o cni0 -j ACCEPT", outward])
    }

    @Test("a bridge that we did not make keeps its MAC address")
    func foreignBridge() throws {
        var state = ready
        state.interfaces.byName["cni0"]?.macAddress = MACAddress(2, 0, 0, 0, 0, 9)
        #expect(try setup.plan(for: state).steps.isEmpty)
    }

    @Test("an interface with the bridge's name that is not a bridge is an error with the remedy")
    func notABridge() throws {
        var state = ready
        state.interfaces.byName["cni0"] = .of(4, kind: "dummy")
        let error = #expect(throws: NodeError.self) { try setup.plan(for: state) }
        #expect(error?.problem == "cni0 is not a bridge" && error?.cause == "its kind is dummy")
        #expect(error?.remedy?.contains("ip link del cni0") == true)
    }

    @Test("a missing secondary NIC gives a warning, and its rules are kept for its return")
    func missingNIC() throws {
        var state = ready
        state.interfaces.byName["eth1"] = nil
        let plan = try setup.plan(for: state)
        #expect(plan.steps.isEmpty)
        #expect(plan.warnings.count == 1 && plan.warnings[0].hasPrefix("there is no eth1: "))
    }

    @Test("iptables rules stay untouched if the pool or the daemon's option says so")
    func leavesIPTables() throws {
        var pool = Self.pool
        #expect(NodeSetup(pool).rules != nil)
        #expect(NodeSetup(pool, skipIPTables: true).rules == nil)
        pool.manageIPTables = false
        #expect(NodeSetup(pool).rules == nil)
        pool.manageIPTables = true
        #expect(NodeSetup(pool).rules != nil)
        var state = ready
        state.ruleset = Ruleset()
        #expect(try NodeSetup(pool, skipIPTables: true).plan(for: state).steps.isEmpty)
    }

    @Test("VMs are kept from their own subnet and from the named networks")
    func drops() {
        var pool = Self.pool
        pool.dropCIDRs = [IPv4Network("10.0.0.0/8")!]
        #expect(NodeSetup(pool).rules?.dropCIDRs == pool.dropCIDRs)
        pool.dropInternalAccess = true
        #expect(NodeSetup(pool).rules?.dropCIDRs == [pool.subnet] + pool.dropCIDRs)
    }

    @Test("with another subnet, what the earlier one needed is removed before the rest is made")
    func anotherSubnet() throws {
        var formerPool = Self.pool
        formerPool.madeHere = [.bridge, .gateway]
        var pool = Self.pool
        pool.subnet = IPv4Network("172.20.101.0/24")!
        pool.gateway = IPv4Address(172, 20, 101, 1)
        let setup = NodeSetup(pool)
        #expect(
            setup.plan(replacing: NodeSetup(formerPool), in: ready).steps.map(\.summary) == [
                "remove our iptables rules",
                "give cni0 the MAC address \(setup.bridgeMACAddress)",
                "remove 172.20.100.1/24 from cni0",
            ])
        #expect(
            try setup.plan(for: ready).steps.map(\.summary)
                == ["add 172.20.101.1/24 to cni0", "update our iptables rules"])
        formerPool.madeHere = []
        #expect(
            setup.plan(replacing: NodeSetup(formerPool), in: ready).steps.map(\.summary)
                == ["remove our iptables rules"])
    }

    @Test("if nothing differs from the earlier pool, nothing is removed")
    func samePool() {
        var pool = Self.pool
        pool.madeHere = [.bridge, .gateway]
        #expect(NodeSetup(pool).plan(replacing: NodeSetup(pool), in: ready) == NodePlan())
    }

    @Test("another bridge leaves the earlier one where it is, and says so")
    func anotherBridge() {
        var pool = Self.pool
        pool.interface = "br7"
        let plan = NodeSetup(pool).plan(replacing: setup, in: ready)
        #expect(plan.steps.map(\.summary) == ["remove our iptables rules"])
        #expect(plan.warnings.count == 1 && plan.warnings[0].contains("ip link del cni0"))
    }

    @Test("what we make is remembered, also by later runs, until somebody else recreates it")
    func madeHere() {
        #expect(setup.madeHere(given: bare.interfaces, replacing: nil) == [.bridge, .gateway])
        #expect(setup.madeHere(given: ready.interfaces, replacing: nil) == [])
        var former = Self.pool
        former.madeHere = [.bridge, .gateway]
        #expect(setup.madeHere(given: ready.interfaces, replacing: NodeSetup(former)) == [.bridge, .gateway])
        var state = ready
        state.interfaces.byName["cni0"]?.macAddress = MACAddress(2, 0, 0, 0, 0, 9)
        #expect(setup.madeHere(given: state.interfaces, replacing: NodeSetup(former)) == [.gateway])
        former.nodeName = "renamed"
        #expect(setup.madeHere(given: ready.interfaces, replacing: NodeSetup(former)) == [.bridge, .gateway])
        state.interfaces.byName["cni0"]?.addresses = []
        #expect(setup.madeHere(given: state.interfaces, replacing: nil) == [.gateway])
    }

    @Test("teardown removes what we made, with the bridge last")
    func teardown() {
        var pool = Self.pool
        pool.madeHere = [.bridge, .gateway]
        let plan = NodeSetup(pool).teardownPlan(for: ready)
        #expect(
            plan.steps.map(\.summary) == [
                "remove our iptables rules", "remove /etc/cni/net.d/30-cocoon-dhcp.conflist",
                "delete the bridge cni0",
            ])
        #expect(plan.warnings.isEmpty)
    }

    @Test("teardown removes a CNI network with another MTU, which only a NIC has changed")
    func teardownOfAnotherMTU() {
        var state = ready
        state.conflist = setup.conflist.content(mtu: nil)
        #expect(setup.teardownPlan(for: state).steps.map(\.summary).contains("remove \(setup.conflist.path)"))
    }

    @Test("teardown leaves what we did not make")
    func teardownOfForeign() {
        var state = ready
        state.conflist = Array("{}".utf8)
        state.ruleset = nil
        let plan = NodeSetup(Self.pool, skipIPTables: true).teardownPlan(for: state)
        #expect(plan.steps.map(\.summary) == ["remove the routes of leases in 172.20.100.0/24 from cni0"])
        #expect(plan.warnings.count == 2)
    }

    @Test("teardown removes only our address from a bridge that somebody has recreated")
    func teardownOfAnewBridge() {
        var pool = Self.pool
        pool.madeHere = [.bridge, .gateway]
        var state = ready
        state.interfaces.byName["cni0"]?.macAddress = MACAddress(2, 0, 0, 0, 0, 9)
        let steps = NodeSetup(pool).teardownPlan(for: state).steps.map(\.summary)
        #expect(steps.contains("remove 172.20.100.1/24 from cni0"))
        #expect(!steps.contains("delete the bridge cni0"))
    }

    @Test("a bridge's MAC address depends on node and subnet alone, and is unicast and locally administered")
    func macAddress() {
        let subnet = IPv4Network("172.20.100.0/24")!
        let macAddress = BridgeMACAddress.of(nodeName: "node-1", subnet: subnet)
        // Existing bridges have this address: it may never change.
        #expect(macAddress.description == "ee:1f:b2:2e:93:de")
        #expect(BridgeMACAddress.of(nodeName: "node-2", subnet: subnet) != macAddress)
        #expect(BridgeMACAddress.of(nodeName: "node-1", subnet: IPv4Network("172.20.101.0/24")!) != macAddress)
        for number in 0..<1000 {
            let first = BridgeMACAddress.of(nodeName: "\(number)", subnet: subnet)[byte: 0]
            #expect(first & 0b11 == 0b10)
        }
    }
}

extension NodeInterfaces.Interface {
    fileprivate static func of(
        _ index: UInt32, kind: String? = nil, macAddress: MACAddress? = nil, mtu: UInt32? = nil, isUp: Bool = true,
        masterIndex: UInt32? = nil, _ addresses: [NodeInterfaces.Address] = []
    ) -> Self {
        var interface = Self()
        interface.index = index
        interface.kind = kind
        interface.macAddress = macAddress
        interface.mtu = mtu
        interface.masterIndex = masterIndex
        interface.isUp = isUp
        interface.addresses = addresses
        return interface
    }
}
