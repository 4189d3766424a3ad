package import Addresses

extension Pool {
    /// The remedy for a pool.json that this program did not write, or that somebody has changed.
    static let rewriteRemedy = "correct it, or move the file away and run \"cocoon-net adopt\" again"

    /// Checks that the fields fit together, so that no other code has to check them.
    /// - Throws: an error for the first field that does not fit, with a nil `file`.
    package func validate() throws(BadInput) {
        try validateNetwork()
        try validateNames()
        try validateAddresses()
    }

    private func validateNetwork() throws(BadInput) {
        guard (8...30).contains(subnet.prefixLength) else {
            throw BadInput(
                "subnet", "\(subnet)", "is not between /8 and /30", remedy: "use a subnet such as 172.20.100.0/24")
        }
        let remedy = "use an address of the subnet, such as its first, \(subnet.hosts.first ?? subnet.address)"
        guard subnet.contains(gateway) else {
            throw BadInput("gateway", "\(gateway)", "lies outside the subnet \(subnet)", remedy: remedy)
        }
        if let role = role(of: gateway) {
            throw BadInput("gateway", "\(gateway)", "is the \(role) address of \(subnet)", remedy: remedy)
        }
    }

    private func validateNames() throws(BadInput) {
        guard (1...253).contains(nodeName.utf8.count), nodeName.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw BadInput(
                "nodeName", JSON.string(nodeName).compactText, "is not a valid node name",
                remedy: "use 1 to 253 characters without spaces")
        }
        var names: [(field: String, name: String)] = [("interface", interface)]
        if let primaryNIC { names.append(("primaryNIC", primaryNIC)) }
        for (index, name) in secondaryNICs.enumerated() { names.append(("secondaryNICs[\(index)]", name)) }
        for (field, name) in names where !Self.isInterfaceName(name) {
            throw BadInput(
                field, JSON.string(name).compactText, "is not a valid interface name",
                remedy: "use 1 to 15 letters, digits, dots, hyphens or underscores, as \"ip link\" shows them")
        }
    }

    private func validateAddresses() throws(BadInput) {
        guard ips.count <= Self.addressLimit else {
            throw BadInput(
                "ips", nil, "has \(ips.count) addresses, but at most \(Self.addressLimit) are allowed",
                remedy: "use a smaller subnet or --pool-size")
        }
        var firstIndex: [IPv4Address: Int] = [:]
        firstIndex.reserveCapacity(ips.count)
        for (index, address) in ips.enumerated() {
            let first = firstIndex.updateValue(index, forKey: address)
            let problem = first.map { "is listed twice, also at ips[\($0)]" } ?? problem(withLeasing: address)
            if let problem {
                // Without the strays, the positions are not those in the file.
                let field = strayIPs.isEmpty ? "ips[\(index)]" : "ips"
                throw BadInput(field, "\(address)", problem, remedy: "remove it from the list")
            }
        }
    }

    /// What is wrong with a pool that can still be used; nil if nothing is.
    package var warning: String? {
        guard let first = strayIPs.min(), let last = strayIPs.max() else { return nil }
        let range = first == last ? "\(first)" : "\(first) to \(last)"
        return "\(strayIPs.count) of the addresses in pool.json lie outside the subnet \(subnet) and are not leased "
            + "(\(range)); \(Self.subnetRemedy)"
    }

    static let subnetRemedy = "run \"cocoon-net init\" or \"cocoon-net adopt\" again with the right --subnet"

    /// Whether `address` could be leased if the subnet were another one.
    func isStray(_ address: IPv4Address) -> Bool { address != .unspecified && !subnet.contains(address) }

    /// Why `address` cannot be in this pool; nil when it can.
    package func problem(withLeasing address: IPv4Address) -> String? {
        if address == .unspecified { return "is not an address that a VM can have" }
        if !subnet.contains(address) { return "lies outside the subnet \(subnet)" }
        if address == gateway { return "is the gateway's address" }
        return role(of: address).map { "is the \($0) address of \(subnet)" }
    }

    /// The role, such as broadcast, because of which a host cannot have `address`; nil if a host can have it.
    private func role(of address: IPv4Address) -> String? {
        switch address {
        case subnet.address: "network"
        case subnet.broadcastAddress: "broadcast"
        default: nil
        }
    }

    /// Whether the kernel, iptables and /proc/sys all take `name` literally: a slash, a space or a plus at the end has
    /// a special meaning to one of them.
    package static func isInterfaceName(_ name: String) -> Bool {
        (1...15).contains(name.utf8.count) && name != "." && name != ".." && !name.hasPrefix("-")
            && name.utf8.allSatisfy { byte in
                switch UnicodeScalar(byte) {
                case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_", "@": true
                default: false
                }
            }
    }
}
