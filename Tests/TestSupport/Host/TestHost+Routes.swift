package import Addresses

/// Reads a host's routes and neighbours from /proc: a program that prints them would take milliseconds to start.
extension TestHost {
    /// Whether the bridge has a host route to `address`.
    package func hasRoute(to address: IPv4Address) -> Bool { routedAddresses.contains(address) }

    /// The addresses to which the bridge has host routes.
    package var routedAddresses: Set<IPv4Address> {
        // Iface Destination Gateway Flags RefCnt Use Metric Mask ...
        let rows = table("route").filter { $0.count > 7 && $0[0] == bridge && $0[7] == "FFFFFFFF" }
        return Set(rows.compactMap { UInt32($0[1], radix: 16) }.map { IPv4Address(rawValue: $0.byteSwapped) })
    }

    /// The MAC to which `address` is pinned; nil when the kernel would ask by ARP.
    package func pinnedNeighbour(of address: IPv4Address) -> MACAddress? { pinnedNeighbours[address] }

    package var pinnedNeighbours: [IPv4Address: MACAddress] {
        // IP address, HW type, Flags (complete 2, permanent 4), HW address, Mask, Device
        let rows = table("arp").filter { $0.count > 5 && $0[5] == bridge && $0[2] == "0x6" }
        let pairs = rows.compactMap { row in
            IPv4Address(row[0]).flatMap { address in MACAddress(row[3]).map { (address, $0) } }
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    /// The routes of our own to `address`, as operators see them.
    package func dhcpRoutes(to address: IPv4Address) throws -> String {
        try sandbox.run(["ip", "route", "show", "\(address)/32", "proto", "dhcp", "dev", bridge])
    }

    private func table(_ name: String) -> [[Substring]] {
        let text = sandbox.read("/proc/1/net/\(name)") ?? ""
        return text.split(separator: "\n").dropFirst().map { $0.split { $0 == " " || $0 == "\t" } }
    }
}
