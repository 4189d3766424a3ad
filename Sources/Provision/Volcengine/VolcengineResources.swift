import Addresses
import Node

/// A subnet of the VPC.
struct VolcengineSubnet: Sendable, Equatable {
    var id: String
    var network: IPv4Network
    var zone: String
    var status: String
    var name: String

    init?(_ json: JSON) {
        guard let id = json.text("SubnetId"), let network = json.text("CidrBlock").flatMap({ IPv4Network($0) }) else {
            return nil
        }
        self.id = id
        self.network = network
        zone = json.text("ZoneId") ?? ""
        status = json.text("Status") ?? ""
        name = json.text("SubnetName") ?? ""
    }
}

/// An elastic network interface (ENI).
struct VolcengineENI: Sendable, Equatable {
    var id: String
    var name: String
    /// `primary` or `secondary`.
    var type: String
    var status: String
    /// The instance that it is attached to; nil if it is detached.
    var instanceID: String?
    var macAddress: MACAddress?
    var subnetID: String
    var securityGroupIDs: [String]
    var tags: [String: String]
    /// The addresses other than its primary one.
    var secondaryAddresses: [IPv4Address]

    init?(_ json: JSON) {
        guard let id = json.text("NetworkInterfaceId") else { return nil }
        self.id = id
        name = json.text("NetworkInterfaceName") ?? ""
        type = json.text("Type") ?? ""
        status = json.text("Status") ?? ""
        instanceID = json.text("DeviceId")
        macAddress = json.text("MacAddress").flatMap { MACAddress($0) }
        subnetID = json.text("SubnetId") ?? ""
        securityGroupIDs = json.texts("SecurityGroupIds")
        let pairs = json.elements("Tags").map { ($0.text("Key") ?? "", $0.text("Value") ?? "") }
        tags = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
        secondaryAddresses = (json["PrivateIpSets"]?.elements("PrivateIpSet") ?? [])
            .filter { $0["Primary"] != .bool(true) }
            .compactMap { $0.text("PrivateIpAddress").flatMap { IPv4Address($0) } }
    }

    /// Whether it is detached, and its status is not changing.
    var isAvailable: Bool { status == "Available" }
    var isInUse: Bool { status == "InUse" }
}

/// The limits of an instance.
struct VolcengineLimits: Sendable, Equatable {
    /// The number of ENIs besides the primary one.
    var secondaryENICount = 7
    /// The number of secondary addresses of one ENI.
    var addressesPerENI = 20
}

extension VolcengineAPI {
    func subnets(ofVPC id: String) async throws -> [VolcengineSubnet] {
        try await list(.vpc, "DescribeSubnets", [(name: "VpcId", value: id)], "Subnets").compactMap(
            VolcengineSubnet.init)
    }

    func enis(_ filter: Parameters) async throws -> [VolcengineENI] {
        try await list(.vpc, "DescribeNetworkInterfaces", filter, "NetworkInterfaceSets").compactMap(VolcengineENI.init)
    }

    /// The ENIs with these ids; those that are gone are missing.
    func enis(withIDs ids: [String]) async throws -> [VolcengineENI] {
        if ids.isEmpty { return [] }
        do {
            return try await enis(Self.list("NetworkInterfaceIds", ids))
        } catch let error as CloudError where error.code == "InvalidEniId.NotFound" {
            // One missing ENI fails the call for all of them: ask for each one by itself.
            var found: [VolcengineENI] = []
            for id in ids {
                do {
                    found += try await enis(Self.list("NetworkInterfaceIds", [id]))
                } catch let error as CloudError where error.code == "InvalidEniId.NotFound" {}
            }
            return found
        }
    }

    /// The limits of an instance type, or the platform's usual limits if the cloud does not say.
    func limits(ofInstanceType type: String?) async throws -> VolcengineLimits {
        var limits = VolcengineLimits()
        guard let type else { return limits }
        let result: JSON
        do {
            result = try await call(.ecs, "DescribeInstanceTypes", [(name: "InstanceTypeIds.1", value: type)])
        } catch let error as CloudError where error.code?.hasPrefix("AccessDenied") == true {
            // The cloud enforces its limits anyway.
            return limits
        }
        guard let network = result.elements("InstanceTypes").first?["Network"] else { return limits }
        if let count = network.integer("MaximumNetworkInterfaces") { limits.secondaryENICount = max(count - 1, 0) }
        if let count = network.integer("MaximumPrivateIpv4AddressesPerNetworkInterface") {
            limits.addressesPerENI = count
        }
        return limits
    }

    /// The VPC's networks.
    func networks(ofVPC id: String) async throws -> [IPv4Network] {
        let result = try await call(.vpc, "DescribeVpcAttributes", [(name: "VpcId", value: id)])
        return ([result.text("CidrBlock")].compactMap { $0 } + result.texts("SecondaryCidrBlocks"))
            .compactMap { IPv4Network($0) }
    }

    /// Whether a security group lets everything from `network` in.
    func group(_ id: String, admitsAllFrom network: IPv4Network) async throws -> Bool {
        let result = try await call(
            .vpc, "DescribeSecurityGroupAttributes", [(name: "SecurityGroupId", value: id)])
        return result.elements("Permissions").contains { rule in
            guard rule.text("Direction")?.lowercased() == "ingress", rule.text("Policy")?.lowercased() != "drop",
                ["all", "-1"].contains(rule.text("Protocol")?.lowercased()),
                let source = rule.text("CidrIp").flatMap({ IPv4Network($0) })
            else { return false }
            return source.prefixLength <= network.prefixLength && source.contains(network.address)
        }
    }

    /// A list as the API takes it: `Name.1`, `Name.2` and so on.
    static func list(_ name: String, _ values: [String]) -> Parameters {
        values.enumerated().map { (name: "\(name).\($0.offset + 1)", value: $0.element) }
    }
}

/// The names of our subnets and ENIs and the tag of the ENIs, by which they are found again.
struct VolcengineNaming: Sendable, Equatable {
    static let tagKey = "cocoon-net-node"
    let nodeName: String

    /// The prefix of the names of this node's ENIs. A name may have up to 128 letters, digits, dots, hyphens and
    /// underscores.
    var prefix: String {
        let letters = nodeName.map { $0.isASCII && ($0.isLetter || $0.isNumber || ".-_".contains($0)) ? $0 : "-" }
        return "cocoon-net-\(String(letters.prefix(80)))-"
    }

    var subnetName: String { prefix + "vms" }

    /// A new, random name.
    func newENIName() -> String {
        let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        return prefix + String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The idempotency token of the call that makes this ENI: the end of the name, which is unique.
    func clientToken(_ name: String) -> String { String(name.suffix(16)) }

    /// Whether the subnet was made for this node.
    func owns(_ subnet: VolcengineSubnet) -> Bool { subnet.name == subnetName }

    /// Whether the ENI was made for this node.
    func owns(_ eni: VolcengineENI) -> Bool {
        eni.type != "primary" && eni.name.hasPrefix(prefix) && eni.tags[Self.tagKey] == nodeName
    }
}
