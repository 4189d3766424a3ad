import Addresses
import FastDHCP
import Netlink
import Node

/// What every guest is told beside its lease.
struct GuestOptions {
    let configured: ConfiguredOptions

    /// Mask, router and name servers from the pool, and the MTU of the NIC that the guests' packets leave by.
    init(_ pool: Pool) throws {
        let dns = pool.dnsServers.isEmpty ? Pool.defaultDNSServers : pool.dnsServers
        var options: [(code: OptionCode, value: [UInt8])] = [
            (.subnetMask, OptionEncoding.addresses([pool.subnet.netmask])),
            (.router, OptionEncoding.addresses([pool.gateway])),
            (.domainNameServer, OptionEncoding.addresses(dns)),
            (.broadcastAddress, OptionEncoding.addresses([pool.subnet.broadcastAddress])),
        ]
        if let mtu = try Self.mtu(of: pool.primaryNIC) {
            options.append((.interfaceMTU, OptionEncoding.uint16(mtu)))
        }
        configured = try ConfiguredOptions(options)
    }

    /// Nil when the NIC is gone: guests then keep their own default.
    private static func mtu(of nic: String?) throws -> UInt16? {
        guard let nic else { return nil }
        var links = try Links()
        return try links.find(named: nic)?.mtu.flatMap { UInt16(exactly: $0) }
    }
}
