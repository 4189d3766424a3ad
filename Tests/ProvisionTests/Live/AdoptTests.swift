import Addresses
import Testing
import TestSupport

@testable import Node

@Suite("adopt and init on a host", .needsSandbox)
struct AdoptTests {
    @Test("adopt makes everything in the contract, and nothing more")
    func adopt() throws {
        let host = try ProvisionHost()
        try host.sandbox.shell("ip link add eth0 type veth peer name far; ip addr add 192.0.2.2/24 dev eth0")
        try host.sandbox.shell("ip link set eth0 up; ip link set far up; ip route add default via 192.0.2.1")
        let rulesBefore = try host.rules()
        _ = try host.adopt()

        let link = try host.sandbox.run(["ip", "-details", "link", "show", "cni0"])
        #expect(link.contains("bridge") && link.contains(",UP"))
        let macAddress = BridgeMACAddress.of(nodeName: "node-1", subnet: try host.sandbox.pool().subnet)
        #expect(link.contains("link/ether \(macAddress) "))
        #expect(
            try host.sandbox.run(["ip", "addr", "show", "cni0"]).contains("inet 172.20.100.1/24 brd 172.20.100.255"))
        let sysctls = try host.sandbox.shell(
            """
            cat /proc/sys/net/ipv4/ip_forward
            for nic in all default cni0 eth0; do cat /proc/sys/net/ipv4/conf/$nic/rp_filter; done
            """)
        #expect(sysctls == "1\n0\n0\n0\n0\n")
        #expect(try host.rules() == rulesBefore)
        let conflist = CNIConflist(bridge: "cni0", directory: "/run/cni")
        #expect(host.sandbox.read(conflist.path) == String(decoding: conflist.content(mtu: 1500), as: UTF8.self))
        let pool = try host.sandbox.pool()
        #expect(pool.ips.count == 253 && pool.primaryNIC == "eth0" && pool.manageIPTables == false)
        #expect(pool.madeHere == [.bridge, .gateway])
        #expect(try host.sandbox.shell("stat -c %a /run/state /run/state/pool.json") == "750\n644\n")
    }

    @Test(
        "init writes the rules once, and a second run changes only pool.json", arguments: ProvisionHost.BackEnd.allCases
    )
    func initTwice(_ backEnd: ProvisionHost.BackEnd) throws {
        let host = try ProvisionHost(backEnd)
        _ = try host.initialize(["--drop-cidr", "10.0.0.0/8", "--drop-internal-access"])
        let rules = try host.rules()
        let forward = rules.split(separator: "\n").filter { $0.hasPrefix("-A") }
        #expect(
            forward.sorted() == [
                "-A FORWARD -d 10.0.0.0/8 -i cni0 -m comment --comment cocoon-net-drop -j DROP",
                "-A FORWARD -d 172.20.100.0/24 -i cni0 -m comment --comment cocoon-net-drop -j DROP",
                "-A FORWARD -i cni0 -o cni0 -j ACCEPT",
                "-A POSTROUTING -s 172.20.100.0/24 ! -o cni0 -j MASQUERADE",
            ])
        #expect(forward.filter { $0.hasPrefix("-A FORWARD") }.last == "-A FORWARD -i cni0 -o cni0 -j ACCEPT")
        let output = try host.initialize(["--drop-cidr", "10.0.0.0/8", "--drop-internal-access"])
        #expect(output.split(separator: "\n").filter { $0.hasPrefix("done: ") }.count == 1)
        #expect(output.hasPrefix("done: write /run/state/pool.json"))
        #expect(try host.rules() == rules)
    }

    @Test("what is right is not written, so it may be read-only; what is wrong is named with its value")
    func readOnly() throws {
        let host = try ProvisionHost()
        _ = try host.adopt()
        let lock = "for d in /proc/sys /run/cni; do mount --bind $d $d; mount -o remount,ro,bind $d; done"
        try host.sandbox.shell(lock)
        _ = try host.adopt()
        try host.sandbox.shell(
            "umount /proc/sys; echo 0 > /proc/sys/net/ipv4/conf/cni0/forwarding; umount /run/cni; \(lock)")
        #expect(
            try host.fail(ProvisionHost.command("adopt")).contains(
                "cannot set net.ipv4.conf.cni0.forwarding to 1 (it is 0): Read-only file system"))
        try host.sandbox.shell(
            """
            umount /proc/sys /run/cni; echo 1 > /proc/sys/net/ipv4/conf/cni0/forwarding
            echo other > \(ProvisionHost.conflist); \(lock)
            """)
        #expect(
            try host.fail(ProvisionHost.command("adopt")).contains(
                "cannot write \(ProvisionHost.conflist): Read-only file system"))
    }

    @Test("a second init with other networks changes only what differs", arguments: ProvisionHost.BackEnd.allCases)
    func otherDrops(_ backEnd: ProvisionHost.BackEnd) throws {
        let host = try ProvisionHost(backEnd)
        _ = try host.initialize(["--drop-cidr", "10.0.0.0/8", "--drop-cidr", "192.0.2.0/24"])
        let output = try host.initialize(["--drop-cidr", "192.0.2.0/24"])
        #expect(output.contains("-D FORWARD -d 10.0.0.0/8"))
        #expect(!output.contains("-A FORWARD") && !output.contains("-I FORWARD"))
        #expect(try !host.rules().contains("10.0.0.0/8"))
    }

    @Test(
        "the chains of Docker and kube-proxy do not change, and after teardown only they are left",
        arguments: ProvisionHost.BackEnd.allCases)
    func besideOthers(_ backEnd: ProvisionHost.BackEnd) throws {
        let host = try ProvisionHost(backEnd)
        try host.sandbox.write(othersRules, to: "/run/rules")
        try host.sandbox.shell("PATH=/run/bin:$PATH; iptables-restore < /run/rules")
        let before = try host.rules()
        _ = try host.initialize(["--drop-cidr", "10.0.0.0/8"])
        let after = try host.rules()
        #expect(after.contains("-A FORWARD -i cni0 -o cni0 -j ACCEPT\n-A FORWARD -j REJECT"))
        #expect(
            Set(before.split(separator: "\n")).isSubset(of: Set(after.split(separator: "\n"))))
        _ = try host.teardown()
        #expect(try host.rules() == before)
    }

    @Test("with another subnet, the earlier subnet's address and rule are removed")
    func anotherSubnet() throws {
        let host = try ProvisionHost()
        _ = try host.initialize()
        _ = try host.initialize(subnet: "172.20.101.0/24")
        let addresses = try host.sandbox.run(["ip", "-4", "addr", "show", "cni0"])
        #expect(addresses.contains("172.20.101.1/24") && !addresses.contains("172.20.100.1"))
        #expect(try !host.rules().contains("172.20.100.0"))
        #expect(try host.sandbox.pool().madeHere == [.bridge, .gateway])
    }

    @Test("a smaller pool keeps what VMs lease, and is refused when it cannot; --drop-leases shrinks it all the same")
    func leases() throws {
        let host = try ProvisionHost()
        _ = try host.adopt(["--pool-size", "100"])
        let rows = [99, 98, 15].map {
            #"{"mac": "02:00:00:00:00:\#($0)", "ip": "172.20.100.\#($0)", "expiry": "2999-01-01T00:00:00Z"}"#
        }
        try host.sandbox.write("[" + rows.joined(separator: ", ") + "]", to: "/run/leases.json")
        let smaller = ["--lease-file", "/run/leases.json", "--pool-size"]
        _ = try host.adopt(smaller + ["4"])
        #expect(try host.sandbox.pool().ips == [2, 15, 98, 99].map { IPv4Address(172, 20, 100, $0) })
        let before = try host.snapshot()
        let refusal = try host.fail(ProvisionHost.command("adopt", smaller + ["2"]))
        #expect(refusal.contains("would lack 1 of 3 leased addresses: 172.20.100.99 (02:00:00:00:00:99); keep them"))
        let moved = try host.fail(ProvisionHost.command("adopt", smaller + ["9"], subnet: "172.20.101.0/24"))
        #expect(moved.contains("3 of 3"))
        #expect(try host.snapshot() == before)
        _ = try host.adopt(smaller + ["2", "--drop-leases"])
        #expect(try host.sandbox.pool().ips == [2, 3].map { IPv4Address(172, 20, 100, $0) })
    }

    @Test("adopt after init leaves init's rules, and warns that nothing maintains them any more")
    func adoptAfterInit() throws {
        let host = try ProvisionHost()
        _ = try host.initialize()
        let rules = try host.rules()
        #expect(try host.adopt().contains("warning: the iptables rules of the earlier pool stay"))
        #expect(try host.rules() == rules)
        #expect(try host.adopt(["--drop-cidr", "10.0.0.0/8"]).contains("warning: nothing is dropped yet"))
    }

    @Test("four adopts at once all succeed; with --no-wait, one that would have to wait fails")
    func atOnce() throws {
        let host = try ProvisionHost()
        let command = host.prefix + [ProvisionHost.tool] + ProvisionHost.command("adopt", ["--manage-iptables"])
        let processes = try (0..<4).map { _ in try host.sandbox.start(command) }
        for process in processes { #expect(try process.wait() == .exit(0), "\(process.output)") }
        #expect(try host.rules().split(separator: "\n").count { $0.contains("-i cni0 -o cni0") } == 1)

        let locks = ["provision.lock", "node.lock"].map { "/run/state/" + $0 }
        for lock in locks { #expect(host.sandbox.read(lock) == "") }
        let holder = try host.sandbox.start(["flock", locks[0], "sh", "-c", "echo held; exec sleep 60"])
        #expect(eventually { holder.output.contains("held") })
        let refusal = try host.fail(ProvisionHost.command("adopt", ["--no-wait"]))
        #expect(refusal.contains("another cocoon-net command is working on /run/state; run this one when"))
        _ = try host.adopt(["--dry-run"])
        try holder.stop()
    }

    @Test("unknown keys and the operator's own keys survive a second run")
    func unknownKeys() throws {
        let host = try ProvisionHost()
        _ = try host.adopt()
        let text = try #require(host.sandbox.read(ProvisionHost.poolFile))
        let extra = #", "theirs": [1.50], "reservations": {"02:00:00:00:00:01": "172.20.100.9"} }"#
        try host.sandbox.write(text.dropLast(2) + extra, to: ProvisionHost.poolFile)
        _ = try host.adopt()
        let pool = try host.sandbox.pool()
        #expect(pool.otherMembers == [JSON.Member("theirs", .array([.number("1.50")]))])
        #expect(pool.reservations?["02:00:00:00:00:01"] == .string("172.20.100.9"))
    }

    @Test("with addresses outside the subnet, status, doctor and teardown work, and adopt with the right one mends it")
    func strayAddresses() throws {
        let host = try ProvisionHost()
        _ = try host.adopt(["--pool-size", "3"])
        try host.sandbox.shell(
            """
            cd /run/state; sed -i 's/172.20.100.\\([234]\\)"/172.20.101.\\1"/' pool.json
            sed -i 's/"platform"/"theirs": 1, "platform"/' pool.json
            """)
        let warning = "3 of the addresses in pool.json lie outside the subnet 172.20.100.0/24"
        #expect(try host.run(["status"] + ProvisionHost.paths).contains("warning: " + warning))
        #expect(try host.fail(["doctor"] + ProvisionHost.paths).contains("the pool has addresses: " + warning))
        #expect(try host.run(["teardown", "--dry-run"] + ProvisionHost.paths).contains("warning: " + warning))
        #expect(try host.sandbox.shell("grep -c 172.20.101 \(ProvisionHost.poolFile)") == "3\n")
        _ = try host.adopt(["--pool-size", "3"], subnet: "172.20.101.0/24")
        let pool = try host.sandbox.pool()
        #expect(pool.strayIPs == [] && pool.ips.count == 3 && pool.ips[0] == IPv4Address(172, 20, 101, 2))
        #expect(pool.otherMembers == [JSON.Member("theirs", .number("1"))])
        #expect(try !host.run(["status"] + ProvisionHost.paths).contains("warning"))
        _ = try host.teardown()
    }

    @Test("an existing bridge is used as it is")
    func foreignBridge() throws {
        let host = try ProvisionHost()
        try host.sandbox.shell("ip link add br7 type bridge; ip addr add 172.20.100.1/24 dev br7; ip link set br7 up")
        let before = try host.sandbox.run(["ip", "-4", "addr", "show", "br7"])
        let output = try host.adopt(["--interface", "br7"])
        #expect(!output.contains("br7 up") && !output.contains("create"))
        #expect(try host.sandbox.run(["ip", "-4", "addr", "show", "br7"]) == before)
        #expect(try host.sandbox.pool().madeHere == [])
        #expect(try host.sandbox.pool().interface == "br7")
    }

    @Test("on volcengine without a metadata service, adopt needs the addresses; NICs are those named, or all ethN")
    func volcengine() throws {
        let host = try ProvisionHost()
        try host.sandbox.shell(
            "for n in 0 1 2; do ip link add eth$n type veth peer name far$n; done; ip link set eth0 up")
        let arguments = ["adopt", "--platform", "volcengine", "--node-name", "n", "--subnet", "172.20.100.0/24"]
        #expect(try host.fail(arguments + ProvisionHost.paths).contains("volcengine metadata"))
        try host.sandbox.write("172.20.100.6\n172.20.100.7\n", to: "/run/addresses")
        let exact = arguments + ["--manage-iptables", "--addresses-file", "/run/addresses"] + ProvisionHost.paths
        #expect(try !host.run(exact).contains("warning"))
        for nic in ["eth1", "eth2"] {
            #expect(try host.sandbox.run(["ip", "link", "show", nic]).contains(",UP"))
            #expect(
                try host.rules().contains(
                    "-A FORWARD -i \(nic) -o cni0 -j ACCEPT\n-A FORWARD -i cni0 -o \(nic) -j ACCEPT"))
        }
        #expect(try host.sandbox.pool().secondaryNICs == ["eth1", "eth2"])
        #expect(try host.sandbox.pool().ips.count == 2)

        _ = try host.run(exact + ["--secondary-nic", "eth2"])
        #expect(try host.sandbox.pool().secondaryNICs == ["eth2"])
        #expect(try host.fail(exact + ["--secondary-nic", "eth7"]).contains("--secondary-nic eth7 is not there"))
    }

    @Test("on gke, adopt calls no cloud")
    func gke() throws {
        let host = try ProvisionHost()
        let arguments = ["adopt", "--platform", "gke", "--node-name", "n", "--subnet", "172.20.100.0/24"]
        try host.run(arguments + ProvisionHost.paths)
        #expect(try host.run(["status"] + ProvisionHost.paths).contains("Platform:   gke\n"))

        // The guest agent makes the alias range's addresses the host's own.
        try host.sandbox.shell(
            """
            ip link add ens4 type veth peer name far; ip link set ens4 up
            ip route add local 172.20.100.0/24 dev ens4 table local proto 66
            ip route add local 172.20.99.0/24 dev ens4 table local proto 66
            """)
        #expect(
            try host.run(arguments + ProvisionHost.paths).contains(
                "done: remove the local routes to 172.20.100.0/24: packets to VMs would end on this host\n"))
        let local = try host.sandbox.run(["ip", "route", "show", "table", "local"])
        #expect(!local.contains("local 172.20.100.0/24") && local.contains("local 172.20.99.0/24"))
        #expect(local.contains("local 172.20.100.1 dev cni0"))
    }
}

extension Sandbox {
    /// The pool that the tool wrote.
    func pool() throws -> Pool { try Pool(json: JSON(parsing: Array((read(ProvisionHost.poolFile) ?? "").utf8))) }
}

/// Rules of Docker, kube-proxy and an administrator who ends the chain with a REJECT rule.
private let othersRules = """
    *filter
    :FORWARD DROP [0:0]
    :DOCKER-USER - [0:0]
    :KUBE-FORWARD - [0:0]
    -A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
    -A FORWARD -j DOCKER-USER
    -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
    -A FORWARD -j REJECT --reject-with icmp-port-unreachable
    -A DOCKER-USER -j RETURN
    -A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    COMMIT
    *nat
    :POSTROUTING ACCEPT [0:0]
    :KUBE-POSTROUTING - [0:0]
    -A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
    -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
    -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
    COMMIT

    """
