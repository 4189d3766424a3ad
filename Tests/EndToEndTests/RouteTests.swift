import Addresses
import Glibc
import TestSupport
import Testing

/// A leased address can be reached: it has its route and its neighbour from the ACK to the end of the lease.
@Suite(.needsSandbox, .serialized, .endsWhenHung)
struct RouteTests {
    @Test("the route and the pinned neighbour are there when the ACK is seen, and a packet from outside gets through")
    func routedAtACK() throws {
        let node = try RoutedNode()
        let daemon = try node.host.startDaemon()
        let vm = try node.leasedMachine()
        #expect(try node.reaches(vm.address))
        for number in 1...50 {
            let client = try vm.machine.client(MACAddress(2, 0, 0, 0, 4, UInt8(number)))
            let address = try client.lease().address
            #expect(node.host.hasRoute(to: address))
            #expect(node.host.pinnedNeighbour(of: address) == client.mac)
        }
        #expect(try node.host.dhcpRoutes(to: vm.address).contains("\(vm.address) scope link"))
        #expect(daemon.process.isRunning)
    }

    @Test("what others break is repaired within a second", arguments: Sabotage.all)
    func repaired(_ sabotage: Sabotage) throws {
        let node = try RoutedNode()
        let host = node.host
        let daemon = try host.startDaemon()
        let vm = try node.leasedMachine()
        var leases = [vm.address: vm.machine.mac]
        for number in 1...30 {
            let client = try vm.machine.client(MACAddress(2, 0, 0, 0, 4, UInt8(number)))
            leases[try client.lease().address] = client.mac
        }
        try host.sandbox.shell(sabotage.script)
        #expect(host.routedAddresses != Set(leases.keys) || host.pinnedNeighbours != leases, "nothing was broken")
        let isBack = eventually(within: sabotage.patience) {
            host.routedAddresses == Set(leases.keys) && host.pinnedNeighbours == leases
        }
        #expect(isBack, "\(daemon.process.output)")
        if sabotage.unplugs { try vm.machine.plug(into: host.bridge, of: host.sandbox) }
        #expect(try node.reaches(vm.address))
        #expect(daemon.process.isRunning)
    }

    @Test("only an address that a process fights over is left alone; a link that goes down and up gets all routes")
    func fight() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let machine = try host.machine()
        var addresses: Set<IPv4Address> = []
        for number in 1...20 {
            addresses.insert(try machine.client(MACAddress(2, 0, 0, 0, 4, UInt8(number))).lease().address)
        }
        let victim = try #require(addresses.min())
        let isLeftAlone = try eventually {
            if host.hasRoute(to: victim) { try host.sandbox.run(["ip", "route", "delete", "\(victim)/32"]) }
            return daemon.process.output.contains("again and again")
        }
        #expect(isLeftAlone, "\(daemon.process.output)")

        let other = try #require(addresses.max())
        if host.hasRoute(to: victim) { try host.sandbox.run(["ip", "route", "delete", "\(victim)/32"]) }
        try host.sandbox.run(["ip", "route", "delete", "\(other)/32"])
        #expect(eventually(within: .seconds(2)) { host.hasRoute(to: other) })
        #expect(!host.hasRoute(to: victim))

        try host.sandbox.shell("ip link set \(host.bridge) down; ip link set \(host.bridge) up")
        let isBack = eventually(within: .seconds(2)) { host.routedAddresses == addresses }
        #expect(isBack, "\(host.routedAddresses.count) of \(addresses.count) routes; \(daemon.process.output)")
    }

    @Test("a foreign host route in the way holds the ACK back until it is gone, and the log says whose it is")
    func foreignRoute() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let client = try host.machine().client()
        let offer = try #require(try client.discover())
        let address = offer.message.yiaddr
        try host.sandbox.shell("ip route add \(address)/32 dev lo proto static")

        let request = client.selecting(offer)
        try client.send(client.frame(request))
        #expect(eventually { daemon.process.output.contains("route protocol 4") }, "\(daemon.process.output)")
        #expect(daemon.process.output.contains("\(address)"))
        #expect(try client.reply(to: request.xid, within: .zero) == nil)
        #expect(try host.sandbox.shell("ip route show \(address)/32").contains("dev lo proto static"))
        #expect(try host.metrics()["cocoon_net_dhcp_route_stalls_total"] == 1)

        try host.sandbox.shell("ip route delete \(address)/32 dev lo")
        let reply = try client.reply(to: request.xid, within: .seconds(3))
        #expect(reply?.message.kind == .ack)
        #expect(host.hasRoute(to: address))
    }

    @Test("a lease whose route fails for good is taken back")
    func foreignRouteForGood() throws {
        let host = try TestHost(poolSize: 1)
        let daemon = try host.startDaemon()
        let client = try host.machine().client()
        let offer = try #require(try client.discover())
        let address = offer.message.yiaddr
        try host.sandbox.shell("ip route add \(address)/32 dev lo proto static")
        let request = client.selecting(offer)
        try client.send(client.frame(request))
        #expect(try eventually { try host.metrics()["cocoon_net_dhcp_commits_total{result=\"failed\"}"] == 1 })
        #expect(try client.reply(to: request.xid, within: .zero) == nil)
        #expect(try host.leaseRows().isEmpty)
        #expect(try host.metrics()["cocoon_net_dhcp_lease_active"] == 0)
        #expect(try host.sandbox.shell("ip route show \(address)/32").contains("dev lo proto static"))
        // Then the address is as good as any.
        try host.sandbox.run(["ip", "route", "delete", "\(address)/32", "dev", "lo"])
        #expect(daemon.process.isRunning)
    }

    @Test("a released lease loses its route, its neighbour and its row")
    func release() throws {
        let node = try RoutedNode()
        let daemon = try node.host.startDaemon()
        let vm = try node.leasedMachine()
        #expect(try eventually { try !node.host.leaseRows().isEmpty })
        try vm.machine.client().release(vm.lease)
        #expect(try eventually { try node.host.leaseRows().isEmpty })
        #expect(node.host.routedAddresses.isEmpty && node.host.pinnedNeighbours.isEmpty)
        #expect(daemon.process.isRunning)
    }

    @Test("when 204 is sent, the route, the neighbour and the row of a deleted lease are gone")
    func delete() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let machine = try host.machine()
        for number in 1...20 {
            let client = try machine.client(MACAddress(2, 0, 0, 0, 5, UInt8(number)))
            let address = try client.lease().address
            #expect(host.hasRoute(to: address))
            let response = try host.control("DELETE", "/v1/leases/\(client.mac)")
            #expect(!host.hasRoute(to: address) && host.pinnedNeighbour(of: address) == nil)
            #expect(response.status == 204)
            #expect(try !host.leaseRows().contains { $0.ip == "\(address)" })
        }
        #expect(daemon.process.isRunning)
    }

    @Test("a clone that claims its parent's address by ARP does not get the parent's traffic")
    func clone() throws {
        let node = try RoutedNode()
        let daemon = try node.host.startDaemon()
        let parent = try node.leasedMachine("parent")
        let clone = try node.host.machine("clone", mac: MACAddress(2, 0, 0, 0, 0, 2))
        // With this setting the kernel believes the last ARP message.
        try node.host.sandbox.run(["sysctl", "-q", "-w", "net.ipv4.neigh.cni0.locktime=0"])
        let theft = try ARPTheft(of: parent.address, by: clone, from: node.host.gateway)
        try theft.claim()
        #expect(try node.reaches(parent.address))
        #expect(node.host.pinnedNeighbour(of: parent.address) == parent.machine.mac)
        #expect(try theft.packetCount() == 0)

        // Without the daemon's pin the same claim succeeds.
        try daemon.process.stop()
        try theft.claim()
        _ = try node.reaches(parent.address)
        #expect(try theft.packetCount() > 0)
    }

    @Test("a clean stop keeps the routes and unpins the neighbours; a start pins them again")
    func stopAndStart() throws {
        let node = try RoutedNode()
        let first = try node.host.startDaemon()
        let vm = try node.leasedMachine()
        #expect(try first.process.stop() == .exit(0), "\(first.process.output)")
        #expect(node.host.hasRoute(to: vm.address))
        #expect(node.host.pinnedNeighbours.isEmpty)
        #expect(try node.host.sandbox.shell("ip neigh show dev cni0").contains("\(vm.address) "))
        #expect(try node.reaches(vm.address))

        let second = try node.host.startDaemon()
        #expect(node.host.pinnedNeighbour(of: vm.address) == vm.machine.mac)
        #expect(try node.reaches(vm.address))
        #expect(second.process.isRunning)
    }

    @Test("a VM keeps talking while the daemon is stopped, started, killed and started")
    func keepsTalking() throws {
        let node = try RoutedNode()
        let first = try node.host.startDaemon()
        let vm = try node.leasedMachine()
        let talk = try vm.machine.sandbox.start([
            "/bin/sh", "-c",
            """
            while [ ! -e /run/enough ]; do
                if busybox ping -c 1 -W 1 \(RoutedNode.outsideAddress) >&-; then echo answered; else echo lost; fi
            done
            """,
        ])
        func answers() -> Int { talk.output.split(separator: "\n").count { $0 == "answered" } }
        func keepsTalking() -> Bool {
            let before = answers()
            return eventually { answers() > before + 5 }
        }
        #expect(keepsTalking())
        try first.process.stop()
        #expect(keepsTalking())
        let second = try node.host.startDaemon()
        #expect(keepsTalking())
        try second.kill()
        #expect(keepsTalking())
        let third = try node.host.startDaemon()
        #expect(keepsTalking())
        try vm.machine.sandbox.write("", to: "/run/enough")
        #expect(try talk.wait() == .exit(0))
        #expect(!talk.output.contains("lost"))
        #expect(third.process.isRunning)
    }
}

/// Something that others do to the routes of the bridge.
struct Sabotage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let script: String
    var unplugs = false
    var patience = Duration.seconds(1)

    static let all = [
        Sabotage(testDescription: "routes flushed", script: "ip route flush proto dhcp dev cni0"),
        Sabotage(testDescription: "a route deleted", script: "ip route delete 172.20.100.3/32"),
        Sabotage(testDescription: "neighbours flushed", script: "ip neigh flush dev cni0 nud permanent"),
        Sabotage(
            testDescription: "a neighbour changed",
            script: "ip neigh replace 172.20.100.3 lladdr 02:00:00:00:00:99 dev cni0 nud permanent"),
        Sabotage(testDescription: "link down and up", script: "ip link set cni0 down; ip link set cni0 up"),
        // The daemon waits half a second for whoever deleted the bridge to make it anew.
        Sabotage(
            testDescription: "bridge deleted", script: "ip link delete cni0", unplugs: true,
            patience: .milliseconds(1500)),
    ]
}

/// A VM that claims another's address by ARP (RFC 5227) and counts the packets that it gets for it.
struct ARPTheft {
    private let address: IPv4Address
    private let wire: PacketSocket
    private let frames: [[UInt8]]

    init(of address: IPv4Address, by thief: Machine, from gateway: IPv4Address) throws {
        self.address = address
        wire = try PacketSocket(in: thief.sandbox, on: thief.interface)
        let mac = thief.mac.bytes
        let head: [UInt8] = MACAddress.broadcast.bytes + mac + [0x08, 0x06, 0, 1, 0x08, 0x00, 6, 4, 0]
        let (mine, nobody, router) = (address.bytes, MACAddress.zero.bytes, gateway.bytes)
        // An announcement, a reply that nobody asked for, and a request with the address as that of its sender.
        let operations: [[[UInt8]]] = [
            [[1], mac, mine, nobody, mine], [[2], mac, mine, mac, mine], [[1], mac, mine, nobody, router],
        ]
        frames = operations.map { head + $0.joined() }
    }

    func claim() throws {
        for frame in frames { try wire.send(frame) }
    }

    /// How many IPv4 packets to the address have come since the last count.
    func packetCount() throws -> Int {
        var count = 0
        while let bytes = try wire.receive(before: .now) {
            if bytes.count >= 34, bytes[12] == 8, bytes[13] == 0, Array(bytes[30..<34]) == address.bytes { count += 1 }
        }
        return count
    }
}
