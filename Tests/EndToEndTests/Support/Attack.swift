import Addresses
import TestSupport

/// What a hostile VM sends, again and again and as fast as it can, and where the daemon counts it.
struct Attack: Sendable {
    let name: String
    /// The labels of the metrics that count it, each of them a reason of a drop or of a silence, or `messages`.
    let reasons: [String]
    /// Whether the pool is dry under it, so that only a VM with a lease can be served.
    var driesPool = false
    /// Whether bytes of each frame are changed at random.
    var isMutated = false
    let frames: @Sendable (AttackScene) throws -> [Frame]

    /// How much of it was counted.
    func count(in metrics: Metrics) -> Int {
        reasons.map { reason in
            reason == "messages"
                ? metrics.messages("request", "in") + metrics.messages("discover", "in")
                : metrics.drops(reason) + metrics.silences(reason)
        }.reduce(0, +)
    }

    static let all = [
        Attack(name: "DISCOVERs of one VM", reasons: ["messages"]) { scene in
            [scene.thief.frame(scene.thief.message(.discover))]
        },
        Attack(name: "replies, as a DHCP server sends them", reasons: ["op"]) { scene in
            var reply = scene.thief.message(.discover)
            reply.op = 2
            return [scene.thief.frame(reply)]
        },
        Attack(name: "RELEASE in the victim's name", reasons: ["source_mac_mismatch"]) { scene in
            [scene.forged(.release, from: scene.victim.address)]
        },
        Attack(name: "RELEASE of the victim's address", reasons: ["release_refused"]) { scene in
            var release = scene.thief.message(.release)
            release.ciaddr = scene.victim.address
            release[54] = scene.victim.server.bytes
            return [scene.thief.frame(release, from: scene.victim.address, to: scene.victim.server)]
        },
        Attack(name: "renewals in the victim's name", reasons: ["messages"]) { scene in
            [scene.forged(.request, from: scene.victim.address)]
        },
        Attack(name: "INFORM and DECLINE in the victim's name", reasons: ["source_mac_mismatch"]) { scene in
            [scene.forged(.inform, from: scene.victim.address), scene.forged(.decline, from: .unspecified)]
        },
        Attack(name: "a lease that comes and goes", reasons: ["change_in_flight"]) { scene in
            // Replies to the attacks before may fill its socket, and the first OFFER is then lost.
            guard let lease = eventually(within: .seconds(10), { try? scene.thief.lease() }) else {
                throw ExchangeError("the hostile VM gets no lease of its own")
            }
            var release = scene.thief.message(.release)
            release.ciaddr = lease.address
            release[54] = lease.server.bytes
            let request = scene.thief.rebooting(lease.address) { $0[54] = lease.server.bytes }
            return [
                scene.thief.frame(release, from: lease.address, to: lease.server), scene.thief.frame(request),
            ]
        },
        Attack(name: "DECLINE of what others hold", reasons: ["decline_refused"]) { scene in
            [scene.thief.frame(scene.thief.declining(scene.victim.address, server: scene.victim.server))]
        },
        Attack(name: "giaddr, as a relay", reasons: ["relay_not_allowed"]) { scene in
            var discover = scene.thief.message(.discover)
            discover.giaddr = scene.victim.address
            return [scene.thief.frame(discover)]
        },
        Attack(name: "VLAN tags", reasons: ["vlan_tagged", "other_host"]) { scene in
            try HostileFrame.ethernet.filter { $0.counter.isDrop("vlan_tagged") }.map { try $0.make(scene.thief) }
        },
        Attack(name: "wrong lengths and checksums", reasons: DropReasons.lengths) { scene in
            try (HostileFrame.ip + HostileFrame.udp).map { try $0.make(scene.thief) }
        },
        Attack(name: "mutations of honest messages", reasons: DropReasons.all, isMutated: true) { scene in
            let thief = scene.thief
            return [
                thief.frame(thief.message(.discover)), thief.frame(thief.rebooting(scene.victim.address)),
                thief.frame(thief.declining(scene.victim.address, server: scene.victim.server)),
                scene.forged(.request, from: scene.victim.address),
            ]
        },
        Attack(name: "many MACs, until the pool is dry", reasons: ["pool_exhausted"], driesPool: true) { _ in
            (0..<UInt64(AttackScene.poolSize * 2)).map { number in
                let mac = MACAddress(rawValue: 0x02DD_0000_0000 | number)
                return Frame(from: mac, DHCPMessage(.discover, from: mac, xid: UInt32(number)).bytes())
            }
        },
    ]
}

/// The labels of drops that the attacks move.
private enum DropReasons {
    static let lengths = [
        "too_short", "ip_header_length", "ip_options", "ip_total_length", "ip_checksum", "fragment", "udp_length",
        "udp_checksum", "not_ipv4",
    ]
    static let all =
        lengths + [
            "op", "hardware_type", "chaddr", "magic_cookie", "bootp", "message_type", "option_too_long",
            "source_mac_mismatch", "relay_not_allowed",
        ]
}

/// A host with honest VMs and a hostile one. Their ports are isolated from each other, as `adopt` tells CNI to do it.
struct AttackScene {
    static let poolSize = 4000

    let host: TestHost
    let daemon: Daemon
    let honest: Machine
    /// The port of other honest VMs. What a forged renewal sends to the victim does not come here.
    let newcomers: Machine
    let hostile: Machine
    /// The hostile VM's client.
    let thief: ScriptedClient
    /// The honest VM's client, which the thief knows everything about.
    let holder: ScriptedClient
    let victim: Lease

    init() throws {
        host = try TestHost(
            subnet: IPv4Network(containing: IPv4Address(172, 20, 0, 0), prefixLength: 16), poolSize: Self.poolSize)
        daemon = try host.startDaemon()
        honest = try host.machine("honest", mac: MACAddress(2, 0, 0, 0, 0, 1))
        hostile = try host.machine("hostile", mac: MACAddress(2, 0, 0, 0, 0, 2))
        newcomers = try host.machine("newcomers", mac: MACAddress(2, 0, 0, 0, 0, 3))
        for machine in [honest, hostile, newcomers] {
            try host.sandbox.run(["bridge", "link", "set", "dev", machine.port, "isolated", "on"])
        }
        holder = try honest.client()
        victim = try holder.lease()
        thief = try hostile.client()
        _ = try thief.discover()  // It learns the bridge's address.
    }

    /// A message in the victim's name from the hostile VM's MAC: a unicast if it has a source address.
    func forged(_ kind: DHCPMessage.Kind, from source: IPv4Address) -> Frame {
        var message = DHCPMessage(kind, from: holder.mac, xid: 0x6861_7465)
        if kind == .decline {
            message[50] = victim.address.bytes
        } else {
            message.ciaddr = victim.address
        }
        if kind == .decline || kind == .release { message[54] = victim.server.bytes }
        return thief.frame(message, from: source, to: source == .unspecified ? nil : victim.server)
    }
}
