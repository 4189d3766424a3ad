import Addresses
import FoundationEssentials
import TestSupport
import Testing

@testable import Node
@testable import Provision

@Suite("The pool that adopt and init make")
struct PoolRequestTests {
    private func request(
        _ command: PoolRequest.Command = .adopt, subnet: String = "172.20.100.0/24", platform: String? = "none"
    ) -> PoolRequest {
        var request = PoolRequest(command, nodeName: "node-1", subnet: subnet)
        request.platform = platform
        return request
    }

    /// A host with these NICs, the first one with the default route.
    private func interfaces(_ names: String...) -> NodeInterfaces {
        var interfaces = NodeInterfaces()
        for name in names { interfaces.byName[name] = NodeInterfaces.Interface() }
        interfaces.defaultRouteNIC = names.first
        return interfaces
    }

    @Test(
        "adopt takes the subnet's 253 other addresses and keeps the host's iptables rules; init takes 140 and adds our rules"
    )
    func defaults() throws {
        let adopted = try request().pool(on: interfaces("ens3"), replacing: nil)
        #expect(adopted.gateway == IPv4Address(172, 20, 100, 1))
        #expect(adopted.ips.count == 253)
        #expect(adopted.ips.first == IPv4Address(172, 20, 100, 2))
        #expect(adopted.ips.last == IPv4Address(172, 20, 100, 254))
        #expect(adopted.primaryNIC == "ens3")
        #expect(adopted.secondaryNICs == [])
        #expect(adopted.dnsServers == [IPv4Address(8, 8, 8, 8), IPv4Address(1, 1, 1, 1)])
        #expect(adopted.interface == "cni0")
        #expect(adopted.manageIPTables == false)

        let initialized = try request(.`init`).pool(on: interfaces(), replacing: nil)
        #expect(initialized.ips.count == 140)
        #expect(initialized.primaryNIC == nil)
        #expect(initialized.manageIPTables == nil)
    }

    @Test("a gateway in the middle is left out of the pool")
    func gatewayInTheMiddle() throws {
        var request = request(subnet: "10.0.0.0/29")
        request.gateway = "10.0.0.3"
        let pool = try request.pool(on: interfaces(), replacing: nil)
        #expect(pool.ips.map(\.description) == ["10.0.0.1", "10.0.0.2", "10.0.0.4", "10.0.0.5", "10.0.0.6"])
    }

    @Test("host bits in networks are masked, as the Go program does it")
    func hostBits() throws {
        var request = request(subnet: "172.20.100.77/24")
        request.dropCIDRs = ["10.1.2.3/8", "10.0.0.0/8"]
        let pool = try request.pool(on: interfaces(), replacing: nil)
        #expect(pool.subnet == IPv4Network("172.20.100.0/24"))
        #expect(pool.dropCIDRs == [IPv4Network("10.0.0.0/8")])
    }

    private func eni(_ number: UInt8, _ addresses: String...) -> AttachedENI {
        AttachedENI(
            id: "eni-\(number)", macAddress: MACAddress(0, 0x16, 0x3E, 0, 0, number),
            addresses: addresses.compactMap { IPv4Address($0) })
    }

    @Test("on volcengine, adopt takes the ENIs' addresses in the subnet, and the NICs with their MAC addresses")
    func volcengineENIs() throws {
        var interfaces = interfaces("eth0", "ens8", "ens6", "eth1")
        for (name, number) in [("ens8", UInt8(1)), ("ens6", 2)] {
            interfaces.byName[name]?.macAddress = MACAddress(0, 0x16, 0x3E, 0, 0, number)
        }
        // A VLAN has the MAC address of the NIC below it.
        interfaces.byName["ens6.7"] = interfaces.byName["ens6"]
        interfaces.byName["ens6.7"]?.index = 9
        var request = request(platform: "volcengine")
        request.poolSize = 1
        let enis = [
            eni(1, "172.20.100.9", "172.20.101.9"), eni(2, "172.20.100.7", "172.20.100.1"), eni(3, "172.20.101.7"),
        ]
        let pool = try request.pool(on: interfaces, replacing: nil, carriedBy: enis)
        #expect(pool.ips.map(\.description) == ["172.20.100.7", "172.20.100.9"])
        #expect(pool.secondaryNICs == ["ens8", "ens6"] && pool.primaryNIC == "eth0")
        #expect(pool.eniIDs == ["eni-1", "eni-2"])

        var former = pool
        former.eniIDs = ["eni-0", "eni-2"]
        let again = try request.pool(on: interfaces, replacing: former, carriedBy: enis)
        #expect(again.eniIDs == ["eni-0", "eni-2", "eni-1"])
        request.secondaryNICs = ["eth1"]
        #expect(try request.pool(on: interfaces, replacing: nil, carriedBy: enis).secondaryNICs == ["eth1"])
    }

    @Test("on volcengine, an ENI without a NIC, and a subnet that no ENI has an address of, are named")
    func volcengineMissing() throws {
        let request = request(platform: "volcengine")
        let hidden = #expect(throws: BadInput.self) {
            try request.pool(on: interfaces("eth0"), replacing: nil, carriedBy: [eni(1, "172.20.100.9")])
        }
        #expect(hidden?.field == "--secondary-nic")
        #expect(hidden?.problem.contains("the ENI eni-1 carries 1 address") == true)
        for (enis, finding) in [
            ([], "this instance has no secondary ENI"),
            ([eni(1)], "1 secondary ENIs have no secondary addresses"),
            ([eni(1, "172.20.101.9"), eni(2, "172.20.101.7")], "2 secondary ENIs are 172.20.101.7 to 172.20.101.9"),
        ] as [([AttachedENI], String)] {
            let error = #expect(throws: BadInput.self) {
                try request.pool(on: interfaces("eth0", "eth1"), replacing: nil, carriedBy: enis)
            }
            #expect(error?.field == "--subnet" && error?.problem.hasSuffix(finding) == true)
            #expect(error?.remedy.contains("--addresses-file") == true)
        }
    }

    @Test("with a file of addresses that no known ENI carries, every other ethN is a secondary NIC, in numerical order")
    func volcengineNICs() throws {
        var interfaces = interfaces("bond0", "eth0", "eth10", "eth2", "ethernet", "eth1", "cni0", "lo", "eth3")
        interfaces.byName["eth3"]?.masterIndex = 7
        let directory = try TemporaryDirectory()
        try directory.write("172.20.100.9\n", to: "addresses")
        var request = request(platform: "volcengine")
        request.addressesFile = directory.path + "/addresses"
        let pool = try request.pool(on: interfaces, replacing: nil)
        #expect(pool.primaryNIC == "eth0" && pool.eniIDs == [])
        #expect(pool.secondaryNICs == ["eth1", "eth2", "eth10"])
        let error = #expect(throws: BadInput.self) { try request.pool(on: self.interfaces("eth0"), replacing: nil) }
        #expect(error?.field == "--secondary-nic" && error?.remedy.contains("--secondary-nic") == true)
    }

    @Test("on gke, the primary NIC is ens4, or the NIC of the default route if there is no ens4")
    func gkeNICs() throws {
        let request = request(platform: "gke")
        #expect(try request.pool(on: interfaces("eth0", "ens4"), replacing: nil).primaryNIC == "ens4")
        #expect(try request.pool(on: interfaces("eth0"), replacing: nil).primaryNIC == "eth0")
    }

    @Test(
        "the operator's settings and the cloud's resources survive from the earlier pool; what the request names changes"
    )
    func replacing() throws {
        var former = try request().pool(on: interfaces("ens3"), replacing: nil)
        former.eniIDs = ["eni-1"]
        former.subnetID = "subnet-1"
        former.aliasRangeName = "range"
        former.options = .object([])
        former.reservations = .object([JSON.Member("02:00:00:00:00:01", .string("172.20.100.9"))])
        former.otherMembers = [JSON.Member("theirs", .null)]
        former.updatedAt = Date(timeIntervalSince1970: 0)
        var again = request(subnet: "172.20.101.0/24")
        again.poolSize = 5
        let pool = try again.pool(on: interfaces(), replacing: former)
        #expect(pool.ips.count == 5)
        #expect(pool.subnet == IPv4Network("172.20.101.0/24"))
        #expect(pool.eniIDs == former.eniIDs && pool.subnetID == "subnet-1" && pool.aliasRangeName == "range")
        #expect(pool.options == former.options && pool.reservations == former.reservations)
        #expect(pool.otherMembers == former.otherMembers)
        #expect(pool.updatedAt > former.updatedAt)
    }

    @Test("a subnet may overlap what the bridge and the VMs' NICs have, and with --allow-overlap any network")
    func overlap() throws {
        let address = NodeInterfaces.Address(address: IPv4Address(172, 20, 100, 1), prefixLength: 24)
        var host = interfaces("eth0", "eth1", "cni0")
        host.byName["cni0"]?.addresses = [address]
        var request = request()
        _ = try request.pool(on: host, replacing: nil)
        host.byName["eth0"]?.addresses = [address]
        #expect(throws: BadInput.self) { try request.pool(on: host, replacing: nil) }
        request.allowsOverlap = true
        _ = try request.pool(on: host, replacing: nil)
        request.allowsOverlap = false
        host.byName["eth0"]?.addresses = []
        host.byName["eth1"]?.addresses = [address]
        #expect(throws: BadInput.self) { try request.pool(on: host, replacing: nil) }
        try request.checkOverlap(of: volcenginePool(), with: host)
    }

    /// A pool whose addresses are those of eth1.
    private func volcenginePool() -> Pool {
        var pool = Pool(
            platform: .volcengine, nodeName: "n", subnet: IPv4Network("172.20.100.0/24")!,
            gateway: IPv4Address(172, 20, 100, 1), ips: [])
        pool.secondaryNICs = ["eth1"]
        return pool
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var option: String
        var value: String?
        var problem: String
        var change: @Sendable (inout PoolRequest) -> Void

        init(
            _ option: String, _ value: String?, _ problem: String,
            _ change: @escaping @Sendable (inout PoolRequest) -> Void
        ) {
            testDescription = "\(option) \(value ?? "missing")"
            self.option = option
            self.value = value
            self.problem = problem
            self.change = change
        }
    }

    static let cases = [
        Case("--platform", nil, "is missing") { $0.platform = nil },
        Case("--platform", "aws", "is not known") { $0.platform = "aws" },
        Case("--subnet", "172.20.100.0", "is not a network") { $0.subnet = "172.20.100.0" },
        Case("--subnet", "0.0.0.0/0", "is not between /8 and /30") { $0.subnet = "0.0.0.0/0" },
        Case("--subnet", "10.0.0.0/31", "is not between /8 and /30") { $0.subnet = "10.0.0.0/31" },
        Case("--gateway", "first", "is not an IPv4 address") { $0.gateway = "first" },
        Case("--gateway", "172.20.101.1", "lies outside the subnet 172.20.100.0/24") { $0.gateway = "172.20.101.1" },
        Case("--gateway", "172.20.100.0", "is the network address of 172.20.100.0/24") { $0.gateway = "172.20.100.0" },
        Case("--gateway", "172.20.100.255", "is the broadcast address of 172.20.100.0/24") {
            $0.gateway = "172.20.100.255"
        },
        Case("--node-name", #""""#, "is not a valid node name") { $0.nodeName = "" },
        Case("--subnet", "192.0.2.128/25", "overlaps 192.0.2.0/24 of eth0") { $0.subnet = "192.0.2.128/25" },
        Case("--pool-size", "0", "is not between 1 and 1048576") { $0.poolSize = 0 },
        Case("--pool-size", "1048577", "is not between 1 and 1048576") { $0.poolSize = 1_048_577 },
        Case("--primary-nic", "eth9", "is not there") { $0.primaryNIC = "eth9" },
        Case("--interface", #""a b""#, "is not a valid interface name") { $0.interface = "a b" },
        Case("--dns", "dns.google", "is not an IPv4 address") { $0.dns = "8.8.8.8, dns.google" },
        Case("--drop-cidr", "fd00::/8", "is not an IPv4 network") { $0.dropCIDRs = ["fd00::/8"] },
        Case("--addresses-file", "/nowhere/at/all", "is not there") { $0.addressesFile = "/nowhere/at/all" },
        Case("--secondary-nic", "eth1", "is not for --platform none") { $0.secondaryNICs = ["eth1"] },
    ]

    @Test("each error names the option, the value and a remedy", arguments: cases)
    func badInput(_ test: Case) throws {
        var request = request()
        test.change(&request)
        let error = try #require(throws: BadInput.self) {
            var host = interfaces("eth0")
            host.byName["eth0"]?.addresses = [.init(address: IPv4Address(192, 0, 2, 9), prefixLength: 24)]
            return try request.pool(on: host, replacing: nil)
        }
        #expect(error.file == nil)
        #expect(error.field == test.option)
        #expect(error.value == test.value)
        #expect(error.problem == test.problem)
        #expect(!error.remedy.isEmpty)
    }
}

@Suite("A file with addresses")
struct AddressesFileTests {
    private let path = FileManager.default.temporaryDirectory.path + "/cocoon-net-addresses-\(UUID().uuidString)"

    private func addresses(_ text: String, poolSize: Int? = nil) throws -> [String] {
        try Data(text.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        var request = PoolRequest(.adopt, nodeName: "node-1", subnet: "172.20.100.0/24")
        request.platform = "none"
        request.addressesFile = path
        request.poolSize = poolSize
        return try request.pool(on: NodeInterfaces(), replacing: nil).ips.map(\.description)
    }

    @Test("the pool is the file's addresses, in order, without comments and empty lines")
    func good() throws {
        let text = "# eni-1\r\n172.20.100.9\n\n  172.20.100.7 # spare\n172.20.100.8"
        #expect(try addresses(text) == ["172.20.100.9", "172.20.100.7", "172.20.100.8"])
        #expect(try addresses(text, poolSize: 2) == ["172.20.100.9", "172.20.100.7"])
    }

    @Test(
        "an error names the file, the line, its text and the problem",
        arguments: [
            ("172.20.100.9\n172.20.100", "line 2:", "172.20.100", "is not an IPv4 address"),
            ("172.20.100.9 172.20.100.8", "line 1:", "172.20.100.9 172.20.100.8", "is not an IPv4 address"),
            ("\n172.20.101.9", "line 2:", "172.20.101.9", "lies outside the subnet 172.20.100.0/24"),
            ("172.20.100.1", "line 1:", "172.20.100.1", "is the gateway's address"),
            ("172.20.100.9\n#\n172.20.100.9", "line 3:", "172.20.100.9", "is on line 1 too"),
            ("172.20.100.255", "line 1:", "172.20.100.255", "is the broadcast address of 172.20.100.0/24"),
        ])
    func bad(text: String, line: String, entry: String, problem: String) throws {
        let error = try #require(throws: BadInput.self) { try addresses(text) }
        #expect(error.file == path)
        #expect(error.field == line)
        #expect(error.value == entry)
        #expect(error.problem == problem)
    }

    @Test("a file without an address is refused")
    func empty() throws {
        let error = try #require(throws: BadInput.self) { try addresses("# nothing yet\n") }
        #expect(error.problem == "has no address in it")
    }
}
