import Addresses
import Node

/// Claims a pool's addresses from Volcengine: the subnet, and ENIs with secondary addresses in it.
actor VolcengineClaim {
    private let api: VolcengineAPI
    private let world: VolcengineWorld
    private let naming: VolcengineNaming
    private let node: any NodeAccess
    private let network: IPv4Network
    private let gateway: IPv4Address
    private let poolSize: Int
    /// Whether the subnet was chosen automatically, so that another can be chosen if it is taken.
    private let isChosen: Bool
    /// The NICs that the operator names; empty if they are to be found by their MAC addresses.
    private let namedNICs: [String]
    private let kept: AddressesToKeep
    private var share: VolcengineShare
    private var subnetID: String?

    init(
        _ api: VolcengineAPI, _ world: VolcengineWorld, _ pool: Pool, poolSize: Int, isChosen: Bool,
        namedNICs: [String], kept: AddressesToKeep, former: Pool?, node: any NodeAccess
    ) throws {
        self.api = api
        self.world = world
        self.node = node
        self.poolSize = poolSize
        self.isChosen = isChosen
        self.namedNICs = namedNICs
        self.kept = kept
        network = pool.subnet
        gateway = pool.gateway
        naming = VolcengineNaming(nodeName: pool.nodeName)
        let subnet = world.subnets.first { $0.network == pool.subnet }
        if isChosen, let subnet, subnet.id != former?.subnetID, !naming.owns(subnet) {
            throw SubnetTaken(network: subnet.network)
        }
        subnetID = subnet?.id
        share = try VolcengineShare(
            poolSize: poolSize, world, subnetID: subnetID, gateway: gateway, naming, kept: kept, former: former)
    }

    /// The plan for what is left to do.
    func plan(_ pool: Pool, opensGroups: Bool) throws -> CloudPlan {
        var plan = CloudPlan(pool: pool)
        try checkSubnets()
        try checkRoom()
        try kept.check(kept.choose(poolSize, of: share.addresses.filter { $0 != gateway && network.contains($0) }))
        plan.pool.subnetID = subnetID
        // ENIs that no longer exist leave the record. ENIs of this node that were found again enter it before the first
        // step.
        let there = Set(world.enis.map(\.id))
        let claimed = share.parts.compactMap(\.id)
        plan.pool.eniIDs = pool.eniIDs.filter { there.contains($0) }
        plan.pool.eniIDs += claimed.filter { !pool.eniIDs.contains($0) }
        plan.pool.pendingENIs = share.parts.filter { $0.id == nil }.map(\.name) + share.begunNames
        for eni in share.unneeded {
            plan.warnings.append("the ENI \(eni.id) (\(eni.name)) was made for this node but is not needed: delete it")
        }
        for (group, network) in world.closedGroups {
            if opensGroups {
                plan.steps.append(openStep(group, network))
            } else {
                plan.warnings.append(
                    "the security group \(group) does not let all of \(network) in: packets of VMs on other hosts are "
                        + "dropped silently; add an ingress rule for all protocols, or use --ensure-security-group-rule"
                )
            }
        }
        if subnetID == nil {
            plan.steps.append(
                CloudStep("create the subnet \(network) in \(world.instance.vpcID)", because: "the VPC has none") {
                    try await self.createSubnet($0)
                })
        }
        plan.steps += eniSteps()
        let isFound = share.isWhole
        plan.steps.append(
            CloudStep(
                "record \(poolSize) addresses and the NICs that carry their packets",
                because: isFound ? "the ENIs are as they should be" : "the cloud chooses them"
            ) { try await self.collect($0) })
        return plan
    }

    private func openStep(_ group: String, _ network: IPv4Network) -> CloudStep {
        let api = api
        return CloudStep("let all of \(network) into the security group \(group)", because: "it has no such rule") {
            _ in
            _ = try await api.call(
                .vpc, "AuthorizeSecurityGroupIngress",
                [
                    (name: "SecurityGroupId", value: group), (name: "Protocol", value: "all"),
                    (name: "PortStart", value: "-1"), (name: "PortEnd", value: "-1"),
                    (name: "CidrIp", value: "\(network)"),
                    (name: "Description", value: "cocoon-net: VMs of other hosts"),
                    (name: "ClientToken", value: ClientToken.new()),
                ])
        }
    }

    private func eniSteps() -> [CloudStep] {
        var steps: [CloudStep] = []
        let missing = share.parts.filter { $0.id == nil }
        if !missing.isEmpty {
            steps.append(
                CloudStep(
                    "create \(missing.count) ENIs", because: "the addresses need them",
                    details: missing.map { "\($0.name) with \($0.missingCount) addresses" }
                ) { try await self.createENIs($0) })
        }
        let short = share.parts.filter { $0.id != nil && $0.missingCount > 0 }
        if !short.isEmpty {
            steps.append(
                CloudStep(
                    "add addresses to \(short.count) ENIs", because: "they have room",
                    details: short.map { "\($0.name): \($0.missingCount) addresses" }
                ) { _ in try await self.addAddresses() })
        }
        let loose = share.parts.filter { !$0.isAttached }
        if !loose.isEmpty {
            steps.append(
                CloudStep(
                    "attach \(loose.count) ENIs to \(world.instance.id)", because: "they are attached to nothing"
                ) { _ in try await self.attach() })
        }
        return steps
    }

    /// Checks that the subnet is large enough. Each ENI takes an address for itself, and the VPC takes the subnet's
    /// first.
    private func checkRoom() throws(BadInput) {
        let room = network.hosts.count - 1 - share.parts.count
        guard room < poolSize else { return }
        throw BadInput(
            "--pool-size", "\(poolSize)",
            "is more than \(network) has: \(network.hosts.count) addresses, of which \(share.parts.count + 1) are the VPC's "
                + "and the ENIs' own",
            remedy: "use a larger subnet, or at most \(max(room, 0))")
    }

    /// Checks the VPC's subnets. A subnet in another zone cannot be used, and one that overlaps prevents the creation
    /// of ours.
    private func checkSubnets() throws {
        let rival = world.subnets.first { $0.network.overlaps(network) && $0.network != network }
        if let rival, subnetID == nil {
            if isChosen { throw SubnetTaken(network: network) }
            throw BadInput(
                "--subnet", "\(network)", "overlaps the subnet \(rival.network) (\(rival.id)) of the VPC",
                remedy: "use another one")
        }
        guard
            subnetID != nil
                || world.vpcNetworks.contains(where: {
                    $0.prefixLength <= network.prefixLength && $0.contains(network.address)
                })
        else {
            throw BadInput(
                "--subnet", "\(network)",
                "lies outside the VPC's \(world.vpcNetworks.map(\.description).joined(separator: ", "))",
                remedy: "use one within it")
        }
        if let subnet = world.subnets.first(where: { $0.id == subnetID }), subnet.zone != world.instance.zone {
            throw BadInput(
                "--subnet", "\(network)", "is in the zone \(subnet.zone), and this instance in \(world.instance.zone)",
                remedy: "use another subnet: an ENI cannot leave its zone")
        }
    }
}

// MARK: - The steps

extension VolcengineClaim {
    /// Creates the subnet and returns its ID.
    /// - Throws: `SubnetTaken` when the subnet was chosen automatically and somebody else has it, in whole or in part.
    private func createSubnet() async throws -> String {
        do {
            let result = try await api.call(
                .vpc, "CreateSubnet",
                [
                    (name: "VpcId", value: world.instance.vpcID), (name: "ZoneId", value: world.instance.zone),
                    (name: "CidrBlock", value: "\(network)"), (name: "SubnetName", value: naming.subnetName),
                    (name: "ClientToken", value: ClientToken.new()),
                ])
            guard let id = result.text("SubnetId") else { throw CloudError.incomplete("vpc CreateSubnet", "SubnetId") }
            return id
        } catch let error as CloudError where isChosen && error.code != nil && !error.isPassing {
            // Whatever the vendor's error code is, the list says whether a subnet overlaps. The list may be late, so a
            // Conflict code counts too.
            let inTheWay = try await api.subnets(ofVPC: world.instance.vpcID).filter { $0.network.overlaps(network) }
            if let ours = inTheWay.first(where: { $0.network == network && naming.owns($0) }) { return ours.id }
            guard !inTheWay.isEmpty || error.code?.hasSuffix(".Conflict") == true else { throw error }
            throw SubnetTaken(network: network, cause: error)
        }
    }

    private func createSubnet(_ book: PoolBook) async throws {
        let id = try await createSubnet()
        try await book.change { $0.subnetID = id }
        subnetID = id
        let vpcID = world.instance.vpcID
        let late = CloudError(
            "vpc DescribeSubnets", "the subnet \(id) does not become Available", remedy: "run the command again")
        try await api.patience.polling(orThrow: late) {
            try await api.subnets(ofVPC: vpcID).contains { $0.id == id && $0.status == "Available" } ? true : nil
        }
    }

    private func createENIs(_ book: PoolBook) async throws {
        guard let subnetID else { return }
        let missing = share.parts.indices.filter { share.parts[$0].id == nil }
        try await inParallel(missing, orThrow: { "\($0) of \(missing.count) ENIs could not be made" }) {
            try await self.createENI($0, in: subnetID, book)
        }
    }

    private func createENI(_ index: Int, in subnetID: String, _ book: PoolBook) async throws {
        let part = share.parts[index]
        var parameters: VolcengineAPI.Parameters = [
            (name: "SubnetId", value: subnetID), (name: "NetworkInterfaceName", value: part.name),
            (name: "SecondaryPrivateIpAddressCount", value: "\(part.missingCount)"),
            (name: "Tags.1.Key", value: VolcengineNaming.tagKey), (name: "Tags.1.Value", value: naming.nodeName),
            (name: "ClientToken", value: naming.clientToken(part.name)),
        ]
        parameters += VolcengineAPI.list("SecurityGroupIds", world.securityGroupIDs)
        do {
            let result = try await api.call(.vpc, "CreateNetworkInterface", parameters)
            guard let id = result.text("NetworkInterfaceId") else {
                throw CloudError.incomplete("vpc CreateNetworkInterface", "NetworkInterfaceId")
            }
            try await book.change { pool in
                pool.eniIDs.append(id)
                pool.pendingENIs.removeAll { $0 == part.name }
            }
            share.parts[index].id = id
            share.parts[index].missingCount = 0
        } catch var error as CloudError where error.code == "InsufficientIpInSubnet" {
            error.remedy = try await remedyForFullSubnet(subnetID)
            throw error
        }
    }

    /// A remedy that names the detached ENIs that hold addresses of the subnet.
    private func remedyForFullSubnet(_ subnetID: String) async throws -> String {
        let idle = try await api.enis([(name: "SubnetId", value: subnetID)]).filter { $0.isAvailable }
        guard !idle.isEmpty else { return "use a larger subnet or a smaller --pool-size" }
        let names = idle.map { "\($0.id) (\($0.secondaryAddresses.count + 1) addresses)" }.joined(separator: ", ")
        return "these ENIs of the subnet are detached; delete those that are not needed: \(names)"
    }

    private func addAddresses() async throws {
        let short = share.parts.indices.filter { share.parts[$0].id != nil && share.parts[$0].missingCount > 0 }
        try await settle(short.compactMap { share.parts[$0].id })
        try await inParallel(short, orThrow: { "\($0) of \(short.count) ENIs could not get more addresses" }) {
            try await self.addAddresses(toPart: $0)
        }
    }

    private func addAddresses(toPart index: Int) async throws {
        let part = share.parts[index]
        guard let id = part.id else { return }
        _ = try await api.call(
            .vpc, "AssignPrivateIpAddresses",
            [
                (name: "NetworkInterfaceId", value: id),
                (name: "SecondaryPrivateIpAddressCount", value: "\(part.missingCount)"),
                (name: "ClientToken", value: ClientToken.new()),
            ])
        share.parts[index].missingCount = 0
    }

    private func attach() async throws {
        let loose = share.parts.filter { !$0.isAttached }.compactMap(\.id)
        let instanceID = world.instance.id
        let api = api
        let settled = try await settle(loose)
        let detached = settled.filter { $0.isAvailable }.map(\.id)
        try await inParallel(detached, orThrow: { "\($0) of \(detached.count) ENIs could not be attached" }) { id in
            do {
                _ = try await api.call(
                    .vpc, "AttachNetworkInterface",
                    [(name: "NetworkInterfaceId", value: id), (name: "InstanceId", value: instanceID)])
            } catch let error as CloudError where error.code == "InvalidEni.InvalidStatus" {
                // The answer to an earlier attempt may have been lost.
                guard try await api.enis(withIDs: [id]).first?.instanceID == instanceID else { throw error }
            }
        }
        let late = CloudError(
            "vpc AttachNetworkInterface", "ENIs do not become InUse on \(instanceID)", remedy: "run the command again")
        try await api.patience.polling(orThrow: late) {
            let enis = try await api.enis(withIDs: loose)
            return enis.allSatisfy { $0.isInUse && $0.instanceID == instanceID } ? true : nil
        }
        for index in share.parts.indices { share.parts[index].isAttached = true }
    }

    /// Waits until each of these ENIs is Available or InUse.
    @discardableResult
    private func settle(_ ids: [String]) async throws -> [VolcengineENI] {
        let late = CloudError(
            "vpc DescribeNetworkInterfaces", "ENIs do not become Available",
            remedy: "look at them, and run the command again")
        return try await api.patience.polling(orThrow: late) {
            let enis = try await api.enis(withIDs: ids)
            return enis.count == ids.count && enis.allSatisfy { $0.isAvailable || $0.isInUse } ? enis : nil
        }
    }

    /// Reads what the cloud has assigned, finds the NICs by their MAC addresses, and records both in the pool.
    private func collect(_ book: PoolBook) async throws {
        let ids = share.parts.compactMap(\.id)
        let enis = try await api.enis(withIDs: ids)
        let addresses = enis.flatMap(\.secondaryAddresses).filter { $0 != gateway && network.contains($0) }.sorted()
        guard addresses.count >= poolSize else {
            throw CloudError(
                "vpc DescribeNetworkInterfaces",
                "the ENIs have \(addresses.count) addresses of \(network), but \(poolSize) were requested",
                remedy: "run the command again")
        }
        let nics = try await nics(of: enis)
        let ips = kept.choose(poolSize, of: addresses)
        try await book.change { pool in
            pool.ips = ips
            pool.secondaryNICs = nics
        }
    }

    /// The names of the NICs. The kernel takes a moment to show a new one.
    private func nics(of enis: [VolcengineENI]) async throws -> [String] {
        let wanted = enis.compactMap(\.macAddress)
        let shown = namedNICs.isEmpty ? wanted.map(\.description) : namedNICs
        let late = CloudError(
            "vpc AttachNetworkInterface", "a NIC that was attached does not appear on this host",
            remedy: "see whether \"ip link\" shows \(shown.joined(separator: ", ")), and run the command again; "
                + "a NIC with another MAC address can be named with --secondary-nic"
        )
        let (node, namedNICs) = (node, namedNICs)
        return try await api.patience.polling(orThrow: late) {
            let interfaces = try node.interfaces()
            guard namedNICs.isEmpty else { return namedNICs.allSatisfy { interfaces[$0] != nil } ? namedNICs : nil }
            let names = wanted.compactMap(interfaces.nic)
            return names.count == wanted.count ? names : nil
        }
    }
}

extension CloudError {
    /// An answer that lacks the value that the call was made for.
    static func incomplete(_ call: String, _ key: String) -> CloudError {
        CloudError(call, "the answer has no \(key)", remedy: "run the same command again")
    }
}
