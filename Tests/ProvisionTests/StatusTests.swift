import Addresses
import FoundationEssentials
import Testing

@testable import Node
@testable import Provision

@Suite("What status prints")
struct StatusTests {
    private var pool: Pool {
        Pool(
            platform: .none, nodeName: "cocoon-pool", subnet: IPv4Network("172.20.100.0/24")!,
            gateway: IPv4Address(172, 20, 100, 1), ips: [IPv4Address(172, 20, 100, 2)],
            updatedAt: Date(timeIntervalSince1970: 1_769_860_800))
    }

    private let common = """
        Node:       cocoon-pool
        Subnet:     172.20.100.0/24
        Gateway:    172.20.100.1
        IPs:        1
        Updated:    2026-01-31T12:00:00Z

        """

    @Test("a host without a cloud has the common lines")
    func none() { #expect(Status.text(of: pool) == "Platform:   none\n" + common) }

    @Test("volcengine adds its ENIs and its subnet")
    func volcengine() {
        var pool = pool
        pool.platform = .volcengine
        #expect(Status.text(of: pool) == "Platform:   volcengine\n" + common + "ENIs:       0\nSubnetID:   (none)\n")
        pool.eniIDs = ["eni-1", "eni-2"]
        pool.subnetID = "subnet-1"
        #expect(Status.text(of: pool) == "Platform:   volcengine\n" + common + "ENIs:       2\nSubnetID:   subnet-1\n")
    }

    @Test("gke adds its alias range")
    func gke() {
        var pool = pool
        pool.platform = .gke
        #expect(Status.text(of: pool) == "Platform:   gke\n" + common + "Aliases:    (none)\n")
        pool.aliasRangeName = "cocoon-pods"
        #expect(Status.text(of: pool).hasSuffix("Aliases:    172.20.100.0/24 of cocoon-pods\n"))
    }
}
