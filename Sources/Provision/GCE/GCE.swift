import Addresses
import Node

/// The platform gke, as the commands see it: the VMs' subnet is an alias range of the instance's first NIC.
struct GCE: Cloud {
    static let platform = Pool.Platform.gke
    /// The guest agent adds local routes that make the alias range's addresses the host's own.
    static let nodeNeeds: Set<Pool.NodeNeed> = [.noLocalRoutes]
    static let primaryNIC: String? = "ens4"
    static let claimsAddresses = true

    /// The name of the secondary range that all nodes take their aliases from.
    static let rangeName = "cocoon-pods"
    /// The vendor's code for an alias range that another instance has, in whole or in part.
    static let aliasInUse = "IP_IN_USE_BY_ANOTHER_RESOURCE"
    private static let nic = "nic0"

    let environment: CloudEnvironment

    /// Whether this host is an instance of Compute Engine.
    func isHere() async throws -> Bool { try await GCEMetadata(environment).answers() }

    func claim(_ pool: Pool, _ request: PoolRequest, former: Pool?, node: any NodeAccess) async throws -> CloudPlan {
        let ips = try request.subnetAddresses(of: pool)
        try request.kept.check(ips)
        let choice = request.choice
        let (api, instance) = try await session()
        let interface = try Self.interface(of: try await api.get(instance.path))
        let subnetPath = try Self.subnetPath(of: interface)
        let subnetwork = try await api.get(subnetPath)
        let alias = Alias(network: pool.subnet, rangeName: Self.rangeName)

        // An alias is identified by its network and range, so it can be recorded before it is made.
        var plan = CloudPlan(pool: pool)
        plan.pool.aliasRangeName = Self.rangeName
        let hasRange = try Self.hasRange(subnetwork, for: pool.subnet)
        if !hasRange {
            // Other nodes choose their blocks from it too.
            let range = choice?.supernet ?? pool.subnet
            plan.steps.append(
                CloudStep(
                    "create the secondary range \(Self.rangeName) \(range) of \(subnetPath)",
                    because: "the subnetwork has none of that name"
                ) { _ in
                    try await api.edit(subnetPath) { try Self.addingRange(range, for: pool.subnet, to: $0) }
                })
        }
        if !Alias.list(of: interface).contains(alias) {
            plan.steps.append(
                CloudStep(
                    "give \(Self.nic) of \(instance.name) the alias range \(alias.network) of \(alias.rangeName ?? "")",
                    because: "it has no such alias"
                ) { _ in
                    do {
                        try await Self.editAliases(api, instance) { aliases in
                            aliases.contains { Alias($0) == alias } ? nil : aliases + [alias.json]
                        }
                    } catch let error as CloudError where choice != nil && error.code != nil && !error.isPassing {
                        // Whatever the vendor's error code is, the list says whether an alias overlaps.
                        let isTaken = try await Self.aliases(api).contains { $0.overlaps(alias.network) }
                        guard isTaken || error.code == Self.aliasInUse else { throw error }
                        throw SubnetTaken(network: alias.network, cause: error)
                    }
                })
        }
        plan.steps.append(
            CloudStep("record \(ips.count) addresses", because: "the VPC then routes \(pool.subnet) here") { book in
                try await book.change { $0.ips = ips }
            })
        return plan
    }

    /// The subnet that this instance already has an alias for, or the first block of the shared range in which no
    /// instance has an alias.
    func freeSubnet(_ choice: SubnetChoice, nodeName: String, former: Pool?) async throws -> IPv4Network {
        let (api, instance) = try await session()
        let interface = try Self.interface(of: try await api.get(instance.path))
        let own = Alias.list(of: interface).filter { $0.rangeName == Self.rangeName }.map(\.network)
        if let former, former.aliasRangeName == Self.rangeName, own.contains(former.subnet) { return former.subnet }
        if let ours = own.first(where: choice.suits) { return ours }
        let subnetwork = try await api.get(Self.subnetPath(of: interface))
        let range = subnetwork.elements("secondaryIpRanges").first { $0.text("rangeName") == Self.rangeName }
        let limit = range?.text("ipCidrRange").flatMap { IPv4Network($0) }
        return try choice.firstFree(
            within: limit.map { [$0] }, besides: try await Self.aliases(api), preferring: former?.subnet)
    }

    /// The aliases of all instances in the shared range.
    private static func aliases(_ api: GCEAPI) async throws -> [IPv4Network] {
        let interfaces = try await api.instances().flatMap { $0.elements("networkInterfaces") }
        return interfaces.flatMap(Alias.list).filter { $0.rangeName == rangeName }.map(\.network)
    }

    func release(_ pool: Pool, deletesSubnet: Bool) async throws -> CloudPlan {
        guard let rangeName = pool.aliasRangeName else { return CloudPlan(pool: pool) }
        let (api, instance) = try await session()
        let alias = Alias(network: pool.subnet, rangeName: rangeName)
        let isThere = Alias.list(of: try Self.interface(of: try await api.get(instance.path))).contains(alias)
        let step = CloudStep(
            "take the alias range \(alias.network) from \(Self.nic) of \(instance.name)",
            because: isThere ? "it was claimed for this node" : "it is gone already"
        ) { book in
            try await Self.editAliases(api, instance) { aliases in
                aliases.contains { Alias($0) == alias } ? aliases.filter { Alias($0) != alias } : nil
            }
            try await book.change { $0.aliasRangeName = nil }
        }
        return CloudPlan(steps: [step], pool: pool)
    }

    static func rows(of pool: Pool) -> [(label: String, value: String)] {
        [("Aliases:", pool.aliasRangeName.map { "\(pool.subnet) of \($0)" } ?? "(none)")]
    }

    /// This instance, and the API with its token.
    func session() async throws -> (GCEAPI, GCEInstance) {
        let metadata = try GCEMetadata(environment)
        let instance = try await GCEInstance(metadata)
        return (try GCEAPI(project: instance.project, metadata, environment), instance)
    }

    // MARK: - The resources as JSON

    /// One alias range of a NIC.
    struct Alias: Sendable, Equatable {
        var network: IPv4Network
        /// Nil for the subnetwork's primary range.
        var rangeName: String?

        init(network: IPv4Network, rangeName: String?) {
            self.network = network
            self.rangeName = rangeName
        }

        init?(_ json: JSON) {
            guard let text = json.text("ipCidrRange") else { return nil }
            guard let network = IPv4Network(text) ?? IPv4Network(text + "/32") else { return nil }
            self.init(network: network, rangeName: json.text("subnetworkRangeName"))
        }

        static func list(of interface: JSON) -> [Alias] { interface.elements("aliasIpRanges").compactMap(Alias.init) }

        var json: JSON {
            .object(
                [JSON.Member("ipCidrRange", .string("\(network)"))]
                    + (rangeName.map { [JSON.Member("subnetworkRangeName", .string($0))] } ?? []))
        }
    }

    static func interface(of instance: JSON) throws(CloudError) -> JSON {
        guard let interface = instance.elements("networkInterfaces").first(where: { $0.text("name") == nic }) else {
            throw CloudError.incomplete("gke GET instances", nic)
        }
        return interface
    }

    /// The subnetwork's path in the project, from its URL.
    private static func subnetPath(of interface: JSON) throws(CloudError) -> String {
        let parts = (interface.text("subnetwork") ?? "").split(separator: "/").suffix(4)
        guard parts.count == 4, parts.first == "regions" else {
            throw CloudError.incomplete("gke GET instances", "subnetwork")
        }
        return parts.joined(separator: "/")
    }

    /// Whether the subnetwork has the shared range.
    /// - Throws: when it has, but the range does not cover `network`.
    private static func hasRange(_ subnetwork: JSON, for network: IPv4Network) throws(BadInput) -> Bool {
        let ranges = subnetwork.elements("secondaryIpRanges")
        guard let range = ranges.first(where: { $0.text("rangeName") == rangeName }) else { return false }
        guard let covered = range.text("ipCidrRange").flatMap({ IPv4Network($0) }),
            covered.prefixLength <= network.prefixLength, covered.contains(network.address)
        else {
            throw BadInput(
                "--subnet", "\(network)",
                "lies outside the secondary range \(rangeName), \(range.text("ipCidrRange") ?? "without a network")",
                remedy: "use a subnet within it")
        }
        return true
    }

    /// The body that adds the range to those of the subnetwork; nil if it is there already.
    private static func addingRange(
        _ range: IPv4Network, for network: IPv4Network, to subnetwork: JSON
    ) throws -> JSON? {
        if try hasRange(subnetwork, for: network) { return nil }
        let range = JSON.object([
            JSON.Member("rangeName", .string(rangeName)), JSON.Member("ipCidrRange", .string("\(range)")),
        ])
        return .object([
            JSON.Member("fingerprint", subnetwork["fingerprint"] ?? .null),
            JSON.Member("secondaryIpRanges", .array(subnetwork.elements("secondaryIpRanges") + [range])),
        ])
    }

    /// Changes the NIC's aliases. Aliases that are not ours are sent back unchanged.
    private static func editAliases(
        _ api: GCEAPI, _ instance: GCEInstance, _ change: @escaping @Sendable ([JSON]) -> [JSON]?
    ) async throws {
        try await api.edit(instance.path, sending: "/updateNetworkInterface?networkInterface=\(nic)") { resource in
            let interface = try interface(of: resource)
            guard let aliases = change(interface.elements("aliasIpRanges")) else { return nil }
            return .object([
                JSON.Member("fingerprint", interface["fingerprint"] ?? .null),
                JSON.Member("aliasIpRanges", .array(aliases)),
            ])
        }
    }
}
