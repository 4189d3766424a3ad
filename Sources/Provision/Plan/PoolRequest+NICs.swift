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

    /// The NICs of ENIs that were attached by hand: every `ethN` other than the primary NIC that is not a port of
    /// another interface.
    func secondaryNICs(
        on cloud: any Cloud.Type, among interfaces: NodeInterfaces, besides primaryNIC: String?
    ) throws(BadInput) -> [String] {
        let numbered = interfaces.byName.compactMap { name, nic -> (Int, String)? in
            guard name.hasPrefix("eth"), let number = Int(name.dropFirst(3)), nic.masterIndex == nil,
                name != primaryNIC
            else { return nil }
            return (number, name)
        }
        guard !numbered.isEmpty else {
            throw BadInput(
                "--platform", cloud.platform.rawValue, "needs a secondary NIC, and this host has none",
                remedy: "attach the ENIs that hold the VMs' addresses first")
        }
        return numbered.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
