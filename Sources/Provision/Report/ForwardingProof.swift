import Addresses
import Netlink
import Node
import SystemPackage

/// Asks the kernel what it does with packets to and from a VM. Its answer covers `forwarding`, `rp_filter`, and routes and
/// addresses that are in the way, but no filters.
struct ForwardingProof {
    let pool: Pool

    func examine() -> [Finding] {
        let (inward, outward) = ("the kernel forwards packets to VMs", "the kernel forwards packets from VMs")
        do {
            let interfaces = try NodeInterfaces.read()
            guard let address = pool.ips.first, let bridge = interfaces[pool.interface] else {
                let reason = pool.ips.isEmpty ? "the pool has no addresses" : "there is no \(pool.interface)"
                return [.skipped(inward, reason), .skipped(outward, reason)]
            }
            let peer = pool.dnsServers.first ?? Pool.defaultDNSServers[0]
            let nics = nics.filter { interfaces[$0] != nil }
            let problems = nics.compactMap { name in
                interfaces[name].flatMap { nic in
                    problem(of: ArrivalLookup(source: peer, destination: address, interfaceIndex: nic.index), name) {
                        $0.interfaceIndex == bridge.index
                    }
                }
            }
            var routes = try Routes()
            return [
                nics.isEmpty
                    ? .skipped(inward, "no NIC is known to receive them") : .unless(problems, inward, remedy: remedy),
                try routes.lookUp(peer) == nil
                    ? .skipped(outward, "this host has no route to \(peer) itself")
                    : .unless(
                        [
                            problem(
                                of: ArrivalLookup(source: address, destination: peer, interfaceIndex: bridge.index),
                                pool.interface
                            ) { $0.interfaceIndex != bridge.index }
                        ].compactMap(\.self), outward, remedy: remedy),
            ]
        } catch {
            return [.skipped(inward, "\(error)"), .skipped(outward, "\(error)")]
        }
    }

    /// The NICs on which packets to VMs arrive.
    private var nics: [String] {
        let receivesOnPrimary = pool.secondaryNICs.isEmpty || pool.nodeNeeds.contains(.noLocalRoutes)
        return pool.secondaryNICs + (receivesOnPrimary ? [pool.primaryNIC].compactMap(\.self) : [])
    }

    private var remedy: String {
        "run \"cocoon-net doctor\" again after the daemon's next look, 30 s at most; else ask \"ip route get\" with the same "
            + "addresses, and look at \"ip rule\" and \"ip route show table all\""
    }

    /// Why a packet does not leave as it should; nil if it does.
    private func problem(
        of packet: ArrivalLookup, _ nic: String, leavesWell: (RouteMessage) -> Bool
    ) -> String? {
        let title = "\(packet.destination) from \(packet.source) iif \(nic)"
        do throws(NetlinkError) {
            var routes = try Routes()
            guard let route = try routes.route(ofArriving: packet) else { return "\(title): there is no answer" }
            if route.type == .local { return "\(title): the address is this host's own" }
            guard route.type == .unicast else {
                return "\(title): a route of type \(route.type.rawValue) is in the way"
            }
            return leavesWell(route) ? nil : "\(title): the route leads elsewhere"
        } catch {
            switch error.number {
            case .noRouteToHost: return "\(title): it is not forwarded; net.ipv4.conf.\(nic).forwarding may be 0"
            case .networkUnreachable: return "\(title): there is no route"
            case .invalidArgument, .improperLink:
                return "\(title): the source is refused; net.ipv4.conf.\(nic).rp_filter may not be 0"
            default: return "\(title): \(error)"
            }
        }
    }
}
