package import Addresses
import Node
import Provision
import Synchronization

/// A double of Volcengine's API and metadata service, as far as pools use them, with a state of its own.
///
/// It verifies signatures, enforces limits and pages lists. A change that takes time completes after a number of reads.
package final class TestVolcengine: Sendable {
    package struct Subnet: Sendable, Equatable {
        package var id: String
        package var network: IPv4Network
        package var zone: String
        package var name: String
        var looksUntilSettled = 0

        package init(id: String, network: IPv4Network, zone: String = TestVolcengine.zone, name: String = "") {
            self.id = id
            self.network = network
            self.zone = zone
            self.name = name
        }
    }

    package struct ENI: Sendable, Equatable {
        package var id: String
        package var name: String
        package var subnetID: String
        package var isPrimary = false
        package var instanceID: String?
        package var macAddress: MACAddress
        package var groupIDs: [String]
        package var tags: [String: String] = [:]
        package var primaryAddress: IPv4Address
        package var secondaryAddresses: [IPv4Address] = []
        /// A status such as Creating, and the number of reads until it is over.
        var passing: (status: String, looks: Int)?

        package static func == (left: ENI, right: ENI) -> Bool {
            left.id == right.id && left.instanceID == right.instanceID
        }

        package var status: String { passing?.status ?? (instanceID == nil ? "Available" : "InUse") }
    }

    package struct State: Sendable {
        package var faults = TestFaults()
        package var subnets: [Subnet] = []
        package var enis: [ENI] = []
        /// The networks that each security group lets in.
        package var groups: [String: [IPv4Network]] = ["sg-1": [IPv4Network("172.20.0.0/16")!]]
        package var vpcNetwork = IPv4Network("172.20.0.0/16")!
        package var limits = (enis: 8, addressesPerENI: 20)
        /// The number of reads that a change takes.
        package var looksToSettle = 2
        package var spellsUnderscores = false
        package var asksForToken = false
        /// Whether the metadata service tells the ENIs' addresses.
        package var tellsAddresses = true
        package var role: String?
        package var secretAccessKey = "SKEXAMPLE/+="
        package var sessionToken: String?
        /// The number of the call at which the role gets other keys.
        package var rotatesKeysAt: Int?
        /// How the next requests for metadata are answered, in order, instead of with metadata.
        package var metadataFaults: [Serving] = []
        package var serialNumber = 0
        /// Makes the NIC of an attached ENI.
        package var plugIn: (@Sendable (ENI) -> Void)?
        /// Removes the NIC of a detached ENI.
        package var unplug: (@Sendable (ENI) -> Void)?
        /// Somebody else makes subnets with these networks just before ours is made.
        package var rivalSubnets: [IPv4Network] = []
        var idByClientToken: [String: String] = [:]

        init() {
            subnets = [Subnet(id: "subnet-host", network: IPv4Network("172.20.0.0/24")!)]
            addInstance(1)
        }

        /// Adds an instance i-1, i-2 and so on, with a primary ENI.
        package mutating func addInstance(_ number: UInt8) {
            enis.append(
                ENI(
                    id: number == 1 ? "eni-primary" : "eni-primary-\(number)", name: "", subnetID: "subnet-host",
                    isPrimary: true, instanceID: "i-\(number)", macAddress: MACAddress(0, 0x16, 0x3E, 0, 0, number),
                    groupIDs: ["sg-1"], primaryAddress: IPv4Address(172, 20, 0, 4 + number)))
        }

        /// Adds what somebody made by hand: a subnet, and ENIs with its next addresses, attached to an instance.
        package mutating func addENIs(_ count: Int, addresses: Int, in network: IPv4Network, to instanceID: String) {
            let subnet = Subnet(id: "subnet-hand", network: network, name: "by hand")
            subnets.append(subnet)
            var free = Array(network.hosts.dropFirst())
            for number in 1...count {
                var eni = ENI(
                    id: "eni-hand-\(number)", name: "by hand", subnetID: subnet.id, instanceID: instanceID,
                    macAddress: MACAddress(0, 0x16, 0x3E, 7, 0, UInt8(number)), groupIDs: ["sg-1"],
                    primaryAddress: free.removeFirst())
                eni.secondaryAddresses = Array(free.prefix(addresses))
                free.removeFirst(addresses)
                enis.append(eni)
            }
        }

        /// The ENIs other than the primary ones of instances.
        package var secondaryENIs: [ENI] { enis.filter { !$0.isPrimary } }
    }

    package static let instanceID = "i-1"
    package static let vpcID = "vpc-1"
    package static let zone = "cn-test-a"
    private let state = Mutex(State())

    package init() {}

    package func change(_ body: @Sendable (inout State) -> Void) { state.withLock { body(&$0) } }
    package var now: State { state.withLock { $0 } }

    /// Answers a request for the API or for an instance's metadata.
    package func answer(_ request: ServedRequest, to instanceID: String = TestVolcengine.instanceID) -> Serving {
        state.withLock { state in
            if let action = request["Action"] { return state.api(action, request) }
            return state.metadata(request, of: instanceID)
        }
    }
}

// MARK: - Metadata

extension TestVolcengine.State {
    fileprivate mutating func metadata(_ request: ServedRequest, of instanceID: String) -> Serving {
        if !metadataFaults.isEmpty { return metadataFaults.removeFirst() }
        if request.path == "/latest/api/token" {
            guard asksForToken else { return .reply(status: 405, body: "") }
            return .reply(status: request.method == "PUT" ? 200 : 405, body: "metadata-token")
        }
        if asksForToken && request.headers["x-volc-ecs-metadata-token"] != "metadata-token" {
            return .reply(status: 401, body: "")
        }
        let root = spellsUnderscores ? "/volcstack/latest/" : "/latest/meta-data/"
        var values = [
            "instance-id": instanceID, "vpc-id": TestVolcengine.vpcID,
            "placement/availability-zone": TestVolcengine.zone, "instance-type-id": "ecs.test",
        ]
        values.merge(interfaces(of: instanceID)) { $1 }
        if spellsUnderscores {
            values = Dictionary(
                uniqueKeysWithValues: values.map {
                    ($0.replacing("placement/", with: "").replacing("-", with: "_"), $1)
                })
        }
        let iam = "/volcstack/latest/iam/security_credentials/"
        if request.path.hasPrefix(iam), let role {
            guard request.path != iam else {
                return .reply(status: 200, body: spellsUnderscores ? "[\"\(role)\"]" : role + "\n")
            }
            let keys = JSON.object([
                JSON.Member("AccessKeyId", .string("AKEXAMPLE")),
                JSON.Member("SecretAccessKey", .string(secretAccessKey)),
                JSON.Member("SessionToken", .string(sessionToken ?? "")),
            ])
            return .reply(status: 200, body: keys.compactText)
        }
        guard request.path.hasPrefix(root), let value = values[String(request.path.dropFirst(root.count))] else {
            return .reply(status: 404, body: "not found")
        }
        return .reply(status: 200, body: value)
    }
}

extension TestVolcengine.State {
    /// What the metadata service tells about an instance's ENIs. It has two ways to write a list, too.
    private func interfaces(of instanceID: String) -> [String: String] {
        let attached = enis.filter { $0.instanceID == instanceID && $0.passing?.status != "Attaching" }
        func list(_ values: [String]) -> String {
            spellsUnderscores ? JSON.strings(values).compactText : values.joined(separator: "\n")
        }
        let folder = "network/interfaces/macs/"
        var values = [folder: list(attached.map { "\($0.macAddress)" })]
        for eni in attached {
            if eni.isPrimary { values["mac"] = "\(eni.macAddress)" }
            let place = folder + "\(eni.macAddress)/"
            values[place + "network-interface-id"] = eni.id
            values[place + "primary-ip-address"] = "\(eni.primaryAddress)"
            guard tellsAddresses else { continue }
            values[place + "private-ipv4s"] = list(([eni.primaryAddress] + eni.secondaryAddresses).map(\.description))
        }
        return values
    }
}

// MARK: - The API

/// An error of the API.
struct VendorError: Error {
    var code: String
    var status = 400
    var message = "the vendor's words"

    init(_ code: String, status: Int = 400) {
        self.code = code
        self.status = status
    }
}

extension TestVolcengine.State {
    fileprivate mutating func api(_ action: String, _ request: ServedRequest) -> Serving {
        let fault = faults.next(action)
        if faults.log.count == rotatesKeysAt { sessionToken = "session-2" }
        switch fault {
        case .error(let code, let status): return envelope(action, .failure(VendorError(code, status: status)))
        case .gatewayError(let code, let status):
            let body = #"{"HTTPCode": \#(status), "errorcode": "\#(code)", "message": "the vendor's words"}"#
            return .reply(status: status, body: body)
        case .gateway(let status): return .reply(status: status, body: "<html>busy</html>")
        case .lostRequest: return .hangUp
        case .hang: return .hang
        case .lostReply, nil: break
        }
        let answer: Serving
        do throws(VendorError) {
            try checkSignature(request)
            answer = envelope(action, .success(try perform(action, request)))
        } catch {
            answer = envelope(action, .failure(error))
        }
        return fault == .lostReply ? .hangUp : answer
    }

    private func envelope(_ action: String, _ result: Result<JSON, VendorError>) -> Serving {
        var metadata = [
            JSON.Member("RequestId", .string("request-\(faults.log.count)")), JSON.Member("Action", .string(action)),
        ]
        switch result {
        case .success(let value):
            let document = JSON.object([
                JSON.Member("ResponseMetadata", .object(metadata)), JSON.Member("Result", value),
            ])
            return .reply(status: 200, body: document.compactText)
        case .failure(let error):
            metadata.append(
                JSON.Member(
                    "Error",
                    .object([
                        JSON.Member("Code", .string(error.code)), JSON.Member("Message", .string(error.message)),
                    ])))
            let document = JSON.object([JSON.Member("ResponseMetadata", .object(metadata))])
            return .reply(status: error.status, body: document.compactText)
        }
    }

    /// Verifies the signature. The date is taken from the request and not compared with the clock.
    private func checkSignature(_ request: ServedRequest) throws(VendorError) {
        let time = request.headers["x-date"] ?? ""
        guard let host = request.headers["host"], let date = SignatureTime.date(time) else {
            throw VendorError("InvalidTimestamp")
        }
        let scope = (request.headers["authorization"] ?? "").split(separator: "/").map(String.init)
        guard scope.count > 3 else { throw VendorError("SignatureDoesNotMatch") }
        let signature = VolcengineSignature(region: scope[2], service: scope[3], host: host, date: date)
        let keys = VolcengineCredentials(
            accessKeyID: "AKEXAMPLE", secretAccessKey: secretAccessKey, sessionToken: sessionToken)
        let expected = signature.headers(query: request.query, keys).first { $0.name == "authorization" }?.value
        guard expected == request.headers["authorization"], scope[2] == "cn-test" else {
            throw VendorError("SignatureDoesNotMatch", status: 401)
        }
    }

    private mutating func perform(_ action: String, _ request: ServedRequest) throws(VendorError) -> JSON {
        switch action {
        case "DescribeInstanceTypes":
            let network = JSON.object([
                JSON.Member("MaximumNetworkInterfaces", .number("\(limits.enis)")),
                JSON.Member("MaximumPrivateIpv4AddressesPerNetworkInterface", .number("\(limits.addressesPerENI)")),
            ])
            return .object([JSON.Member("InstanceTypes", .array([.object([JSON.Member("Network", network)])]))])
        case "DescribeVpcAttributes":
            return .object([JSON.Member("CidrBlock", .string("\(vpcNetwork)"))])
        case "DescribeSecurityGroupAttributes": return try permissions(request)
        case "AuthorizeSecurityGroupIngress":
            guard let id = request["SecurityGroupId"], let network = request["CidrIp"].flatMap({ IPv4Network($0) }),
                request["Protocol"] == "all", request["PortStart"] == "-1", request["PortEnd"] == "-1"
            else { throw VendorError("InvalidParameter") }
            groups[id, default: []].append(network)
            return .object([])
        case "DescribeSubnets": return try describeSubnets(request)
        case "CreateSubnet": return try createSubnet(request)
        case "DeleteSubnet":
            guard let index = subnets.firstIndex(where: { $0.id == request["SubnetId"] }) else {
                throw VendorError("InvalidSubnet.NotFound", status: 404)
            }
            guard !enis.contains(where: { $0.subnetID == subnets[index].id }) else {
                throw VendorError("InvalidSubnet.InUse")
            }
            subnets.remove(at: index)
            return .object([])
        default: return try performOnENI(action, request)
        }
    }

    private func permissions(_ request: ServedRequest) throws(VendorError) -> JSON {
        guard let networks = request["SecurityGroupId"].flatMap({ groups[$0] }) else {
            throw VendorError("InvalidSecurityGroup.NotFound", status: 404)
        }
        let rules = networks.map { network in
            JSON.object([
                JSON.Member("Direction", .string("ingress")), JSON.Member("Policy", .string("accept")),
                JSON.Member("Protocol", .string("all")), JSON.Member("CidrIp", .string("\(network)")),
            ])
        }
        return .object([JSON.Member("Permissions", .array(rules))])
    }

    /// One page of a list, with the total count.
    func page(_ key: String, _ elements: [JSON], _ request: ServedRequest) throws(VendorError) -> JSON {
        let size = request["PageSize"].flatMap(Int.init) ?? 10
        guard (1...100).contains(size) else { throw VendorError("InvalidPageSize.Malformed") }
        let page = request["PageNumber"].flatMap(Int.init) ?? 1
        return .object([
            JSON.Member(key, .array(Array(elements.dropFirst((page - 1) * size).prefix(size)))),
            JSON.Member("TotalCount", .number("\(elements.count)")),
        ])
    }

    private mutating func describeSubnets(_ request: ServedRequest) throws(VendorError) -> JSON {
        let found = subnets.map { subnet in
            JSON.object([
                JSON.Member("SubnetId", .string(subnet.id)), JSON.Member("CidrBlock", .string("\(subnet.network)")),
                JSON.Member("ZoneId", .string(subnet.zone)), JSON.Member("SubnetName", .string(subnet.name)),
                JSON.Member("Status", .string(subnet.looksUntilSettled > 0 ? "Pending" : "Available")),
            ])
        }
        for index in subnets.indices { subnets[index].looksUntilSettled = max(subnets[index].looksUntilSettled - 1, 0) }
        return try page("Subnets", found, request)
    }

    private mutating func createSubnet(_ request: ServedRequest) throws(VendorError) -> JSON {
        let id = try once(request, "subnet") { state, id throws(VendorError) in
            guard let network = request["CidrBlock"].flatMap({ IPv4Network($0) }) else {
                throw VendorError("InvalidCidrBlock.Malformed")
            }
            for rival in state.rivalSubnets where !state.subnets.contains(where: { $0.network.overlaps(rival) }) {
                state.subnets.append(TestVolcengine.Subnet(id: "subnet-\(rival)", network: rival))
            }
            guard !state.subnets.contains(where: { $0.network.overlaps(network) }) else {
                throw VendorError("InvalidCidrBlock.Conflict")
            }
            var subnet = TestVolcengine.Subnet(
                id: id, network: network, zone: request["ZoneId"] ?? "", name: request["SubnetName"] ?? "")
            subnet.looksUntilSettled = state.looksToSettle
            state.subnets.append(subnet)
        }
        return .object([JSON.Member("SubnetId", .string(id))])
    }

    /// Makes something with a new ID, or returns the ID of what a call with the same token has already made.
    mutating func once(
        _ request: ServedRequest, _ kind: String,
        _ make: (inout Self, String) throws(VendorError) -> Void
    ) throws(VendorError) -> String {
        if let token = request["ClientToken"], let id = idByClientToken[token] { return id }
        serialNumber += 1
        let id = "\(kind)-\(serialNumber)"
        try make(&self, id)
        if let token = request["ClientToken"] { idByClientToken[token] = id }
        return id
    }
}
