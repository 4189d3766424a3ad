import Addresses
import FoundationEssentials

@testable import Node

extension Pool {
    /// A small pool of a host without a cloud.
    static let sample = Pool(
        platform: .none, nodeName: "node-1", subnet: IPv4Network("172.20.100.0/24")!,
        gateway: IPv4Address(172, 20, 100, 1), ips: [IPv4Address(172, 20, 100, 2), IPv4Address(172, 20, 100, 3)],
        updatedAt: Date(timeIntervalSince1970: 1_769_860_800))

    /// A valid pool with any of its keys.
    static func random(using generator: inout SeededGenerator) -> Pool {
        let prefixLength = Int.random(in: 20...30, using: &generator)
        let anyAddress = IPv4Address(rawValue: .random(in: 0x0100_0000...0xDFFF_FFFF, using: &generator))
        let subnet = IPv4Network(containing: anyAddress, prefixLength: prefixLength)
        var hosts = Array(subnet.hosts).shuffled(using: &generator)
        let gateway = hosts.removeLast()
        var pool = Pool(
            platform: Platform.former.randomElement(using: &generator) ?? .none, nodeName: "nœud-\(prefixLength)",
            subnet: subnet, gateway: gateway,
            ips: Array(hosts.prefix(.random(in: 0...hosts.count, using: &generator))),
            updatedAt: Date(timeIntervalSince1970: Double(Int.random(in: 0...4_000_000_000, using: &generator))))
        func maybe<Value>(_ value: Value, else other: Value) -> Value {
            Bool.random(using: &generator) ? value : other
        }
        pool.primaryNIC = maybe("eth0", else: nil)
        pool.secondaryNICs = maybe(["eth1", "ens5.100"], else: [])
        pool.eniIDs = maybe(["eni-\"<&>\\"], else: [])
        pool.subnetID = maybe("subnet-1", else: nil)
        pool.aliasRangeName = maybe("cocoon-pods", else: nil)
        pool.dnsServers = maybe([anyAddress], else: [])
        pool.dropInternalAccess = maybe(true, else: false)
        pool.dropCIDRs = maybe([subnet], else: [])
        pool.interface = maybe("br-vms", else: "cni0")
        pool.manageIPTables = maybe(true, else: maybe(false, else: nil))
        pool.options = maybe(.array([.null, .number("1e-7")]), else: nil)
        pool.reservations = maybe(.object([]), else: nil)
        pool.nodeNeeds = maybe([.noLocalRoutes], else: [])
        pool.madeHere = maybe([.bridge, .gateway], else: maybe([.gateway], else: []))
        pool.otherMembers = maybe([JSON.Member("x", .null), JSON.Member("é", .bool(true))], else: [])
        return pool
    }
}
