import Addresses
import FoundationEssentials

extension Pool {
    /// The file's content: first the Go program's keys in its order, then this program's own keys, then unknown keys.
    package var json: JSON {
        var members: [JSON.Member] = [
            JSON.Member("platform", .string(platform.rawValue)),
            JSON.Member("nodeName", .string(nodeName)),
            JSON.Member("subnet", .string(subnet.description)),
            JSON.Member("gateway", .string(gateway.description)),
        ]
        func append(_ key: String, _ value: JSON?) {
            if let value { members.append(JSON.Member(key, value)) }
        }
        func append(_ key: String, _ values: [some CustomStringConvertible]) {
            if !values.isEmpty { append(key, .strings(values)) }
        }
        append("primaryNIC", primaryNIC.map { .string($0) })
        append("secondaryNICs", secondaryNICs)
        append("ips", .strings(ips + strayIPs))
        append("eniIDs", eniIDs)
        append("subnetID", subnetID.map { .string($0) })
        append("aliasRangeName", aliasRangeName.map { .string($0) })
        append("dnsServers", dnsServers)
        append("dropInternalAccess", dropInternalAccess ? .bool(true) : nil)
        append("dropCIDRs", dropCIDRs)
        append("updatedAt", .string(updatedAt.formatted(.iso8601)))

        append("interface", interface == Self.defaultInterface ? nil : .string(interface))
        append("manageIPTables", manageIPTables.map { .bool($0) })
        append("pendingENIs", pendingENIs)
        append("options", options)
        append("reservations", reservations)
        if !nodeNeeds.isEmpty || platform.formerNeeds != [] {
            append("nodeNeeds", .strings(NodeNeed.allCases.filter(nodeNeeds.contains)))
        }
        append("madeHere", MadeHere.allCases.filter(madeHere.contains).map(\.rawValue))
        return .object(members + otherMembers)
    }

    /// The file's keys that people set by hand.
    package static let keys = [
        "interface", "dnsServers", "dropInternalAccess", "dropCIDRs", "manageIPTables", "options", "reservations",
        "nodeNeeds",
    ]

    /// Reads the format of `json` and of the Go program.
    /// - Throws: an error for the first key that is missing or malformed. `validate` checks whether the fields fit
    ///   together.
    package init(json: JSON) throws(BadInput) {
        var reader = try PoolReader(json)
        let platform = Platform(rawValue: try reader.text("platform"))
        guard let nodeNeeds = try reader.nodeNeeds() ?? platform.formerNeeds else {
            let known = Platform.former.map(\.rawValue).joined(separator: ", ")
            throw reader.fault("platform", "is not a platform of this version", "use one of \(known)")
        }
        self.init(
            platform: platform,
            nodeName: try reader.text("nodeName"),
            subnet: try reader.parse("subnet", as: "a network such as 172.20.100.0/24"),
            gateway: try reader.parse("gateway", as: "an IPv4 address"),
            ips: try reader.list("ips", as: "an IPv4 address"))
        strayIPs = ips.filter(isStray)
        ips.removeAll(where: isStray)
        primaryNIC = try reader.optionalText("primaryNIC")
        secondaryNICs = try reader.list("secondaryNICs", as: "an interface")
        eniIDs = try reader.list("eniIDs", as: "an identifier")
        subnetID = try reader.optionalText("subnetID")
        aliasRangeName = try reader.optionalText("aliasRangeName")
        dnsServers = try reader.list("dnsServers", as: "an IPv4 address")
        dropInternalAccess = try reader.flag("dropInternalAccess") ?? false
        // The Go program keeps these as the operator typed them, host bits included.
        let masked: [MaskedNetwork] = try reader.list("dropCIDRs", as: "a network such as 10.0.0.0/8")
        dropCIDRs = masked.map(\.network)
        let written = try reader.text("updatedAt")
        guard let updatedAt = try? Date(written, strategy: .iso8601) else {
            throw reader.fault("updatedAt", "is not a time such as 2026-01-31T12:00:00Z", "write a time in this form")
        }
        self.updatedAt = updatedAt

        interface = try reader.optionalText("interface") ?? Self.defaultInterface
        manageIPTables = try reader.flag("manageIPTables")
        pendingENIs = try reader.list("pendingENIs", as: "a name")
        options = reader.raw("options")
        reservations = reader.raw("reservations")
        self.nodeNeeds = nodeNeeds
        let made: [String] = try reader.list("madeHere", as: "a word")
        madeHere = Set(made.compactMap { MadeHere(rawValue: $0) })
        otherMembers = reader.remainder
    }
}

/// Reads the members of pool.json by key, with uniform errors.
private struct PoolReader {
    private let document: JSON
    /// The members that have not been read.
    private(set) var remainder: [JSON.Member]

    init(_ document: JSON) throws(BadInput) {
        guard case .object(let members) = document else {
            throw BadInput(nil, nil, "is \(document.kind), not an object", remedy: Pool.rewriteRemedy)
        }
        self.document = document
        remainder = members
    }

    /// The value of `key`. As in Go, null counts as a missing key.
    mutating func raw(_ key: String) -> JSON? {
        remainder.removeAll { $0.key == key }
        guard let value = document[key], value != .null else { return nil }
        return value
    }

    /// A string that may be missing; an empty string counts as missing.
    mutating func optionalText(_ key: String) throws(BadInput) -> String? {
        guard let value = raw(key) else { return nil }
        guard case .string(let text) = value else {
            throw fault(key, "is \(value.kind), not a string", "put it in quotes")
        }
        return text.isEmpty ? nil : text
    }

    mutating func text(_ key: String) throws(BadInput) -> String {
        guard let text = try optionalText(key) else {
            throw BadInput(key, nil, "is missing or empty", remedy: Pool.rewriteRemedy)
        }
        return text
    }

    mutating func flag(_ key: String) throws(BadInput) -> Bool? {
        guard let value = raw(key) else { return nil }
        guard case .bool(let flag) = value else {
            throw fault(key, "is \(value.kind), not a boolean", "write true or false")
        }
        return flag
    }

    mutating func parse<Value: LosslessStringConvertible>(
        _ key: String, as kind: String
    ) throws(BadInput) -> Value {
        guard let value = Value(try text(key)) else { throw fault(key, "is not \(kind)", Pool.rewriteRemedy) }
        return value
    }

    /// An array of strings; a missing array counts as empty.
    mutating func list<Value: LosslessStringConvertible>(
        _ key: String, as kind: String
    ) throws(BadInput) -> [Value] {
        guard let value = raw(key) else { return [] }
        guard case .array(let elements) = value else {
            throw fault(key, "is \(value.kind), not an array", "write it as [\"…\", \"…\"]")
        }
        var values: [Value] = []
        values.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            guard case .string(let text) = element, let value = Value(text) else {
                throw BadInput(
                    "\(key)[\(index)]", element.compactText, "is not \(kind)", remedy: "correct or remove it")
            }
            values.append(value)
        }
        return values
    }

    /// What the platform requires of the node; nil if the file does not say.
    mutating func nodeNeeds() throws(BadInput) -> Set<Pool.NodeNeed>? {
        guard document["nodeNeeds"] != nil, document["nodeNeeds"] != .null else { return nil }
        return Set(try list("nodeNeeds", as: "something that this version can do"))
    }

    func fault(_ key: String, _ problem: String, _ remedy: String) -> BadInput {
        BadInput(key, document[key]?.compactText, problem, remedy: remedy)
    }
}
