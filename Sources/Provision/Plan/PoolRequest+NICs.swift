import Node

extension PoolRequest {
    /// The host's own NIC: the one that the operator names, else the platform's usual one, else the NIC of the default
    /// route. Nil if there is no default route, or if it leads through the bridge.
    func primaryNIC(on cloud: any Cloud.Type, among interfaces: NodeInterfaces) throws(BadInput) -> String? {
        if let primaryNIC {
            guard interfaces[primaryNIC] != nil else {
                throw BadInput(
                    "--primary-nic", primaryNIC, "is not there", remedy: "name one that \"ip link\" shows")
            }
            return primaryNIC
        }
        if let usual = cloud.primaryNIC, interfaces[usual] != nil { return usual }
        return interfaces.defaultRouteNIC == interface ? nil : interfaces.defaultRouteNIC
    }

    /// Records the NICs that carry the pool's packets, and the ENIs whose addresses it has.
    func adopt(_ enis: [AttachedENI], among interfaces: NodeInterfaces, into pool: inout Pool) throws(BadInput) {
        let carriers = enis.filter { $0.carries(Set(pool.ips)) }
        pool.secondaryNICs =
            if !secondaryNICs.isEmpty {
                try namedNICs(among: interfaces)
            } else if !carriers.isEmpty {
                try Self.nics(of: carriers, among: interfaces)
            } else {
                try Self.numberedNICs(among: interfaces, besides: pool.primaryNIC)
            }
        let recorded = pool.eniIDs
        pool.eniIDs += carriers.compactMap(\.id).filter { !recorded.contains($0) }
    }

    private func namedNICs(among interfaces: NodeInterfaces) throws(BadInput) -> [String] {
        if let missing = secondaryNICs.first(where: { interfaces[$0] == nil }) {
            throw BadInput("--secondary-nic", missing, "is not there", remedy: "name one that \"ip link\" shows")
        }
        return secondaryNICs
    }

    private static func nics(of enis: [AttachedENI], among interfaces: NodeInterfaces) throws(BadInput) -> [String] {
        if let hidden = enis.first(where: { interfaces.nic(with: $0.macAddress) == nil }) {
            let count = hidden.addresses.count
            throw BadInput(
                "--secondary-nic", nil,
                "is missing: the ENI \(hidden.name) carries \(count) addresses, and no NIC here has its MAC address "
                    + "\(hidden.macAddress)",
                remedy: "detach the ENI and attach it again, or name all secondary NICs, each with --secondary-nic")
        }
        return enis.compactMap { interfaces.nic(with: $0.macAddress) }
    }

    /// The NICs to assume where nothing is known about the ENIs: every `ethN` other than the primary NIC that is not a
    /// port of another interface.
    private static func numberedNICs(
        among interfaces: NodeInterfaces, besides primaryNIC: String?
    ) throws(BadInput) -> [String] {
        let numbered = interfaces.byName.compactMap { name, nic -> (Int, String)? in
            guard name.hasPrefix("eth"), let number = Int(name.dropFirst(3)), nic.masterIndex == nil,
                name != primaryNIC
            else { return nil }
            return (number, name)
        }
        guard !numbered.isEmpty else {
            throw BadInput(
                "--secondary-nic", nil, "is missing, and the cloud does not say which NICs carry the addresses",
                remedy: "attach the ENIs that hold the VMs' addresses, and name their NICs with --secondary-nic")
        }
        return numbered.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
