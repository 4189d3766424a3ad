import Addresses
import Node

/// Volcengine's metadata service. It spells names with hyphens or with underscores, below one of three paths, and may
/// require a token.
struct VolcengineMetadata: Sendable {
    private let service: MetadataService
    private let patience: CloudPatience
    private static let roots = ["/latest/meta-data/", "/volcstack/latest/", "/volcstack/latest/meta-data/"]

    /// Opens a session with the service.
    /// - Throws: when there is no such service.
    init(_ environment: CloudEnvironment, isProbe: Bool = false) async throws {
        var service = MetadataService(
            endpoint: try environment.url("COCOON_NET_VOLCENGINE_METADATA", default: "http://100.96.0.96"),
            environment: environment, name: "volcengine")
        let patience = environment.patience.forNeighbours
        self.patience = patience
        let open = {
            try await service.text(
                "/latest/api/token", method: .put,
                headers: [(name: "X-volc-ecs-metadata-token-ttl-seconds", value: "300")])
        }
        do {
            // A probe is not retried: it must not hold up a host of another cloud.
            let token = isProbe ? try await open() : try await patience.retrying(open)
            if let token { service.headers = [(name: "X-volc-ecs-metadata-token", value: token)] }
        } catch let error as CloudError where error.status != nil {
            // A service without tokens refuses the method: go on without a token.
        }
        self.service = service
    }

    /// The value of the first of these names that the service knows, in either spelling; nil if it knows none.
    func value(_ names: String...) async throws -> String? {
        var refusal: CloudError?
        for name in names.flatMap({ $0.contains("-") ? [$0, $0.replacing("-", with: "_")] : [$0] }) {
            for root in Self.roots {
                do {
                    if let text = try await patience.retrying({ try await service.text(root + name) }) { return text }
                } catch let error as CloudError where error.status != nil {
                    refusal = error
                }
            }
        }
        if let refusal { throw refusal }
        return nil
    }

    /// Like `value`, for what every instance has.
    /// - Throws: when the service knows none of the names.
    func required(_ names: String...) async throws -> String {
        for name in names { if let text = try await value(name) { return text } }
        throw CloudError(
            "volcengine metadata \(names[0])", "the service does not know it",
            remedy: "check that this host is an instance in a VPC")
    }

    /// The ENIs other than the primary one, with the secondary addresses that the service tells; their order is the
    /// service's.
    func attachedENIs() async throws -> [AttachedENI] {
        let folder = "network/interfaces/macs/"
        guard let list = try await value(folder, String(folder.dropLast())) else { return [] }
        let primary = try await value("mac").flatMap { MACAddress($0) }
        var enis: [AttachedENI] = []
        for name in list.split(whereSeparator: { !$0.isHexDigit && $0 != ":" }) {
            guard let macAddress = MACAddress(name), macAddress != primary else { continue }
            let place = folder + name + "/"
            let own = try await value(place + "primary-ip-address", place + "private-ipv4")
                .flatMap { IPv4Address($0) }
            enis.append(
                AttachedENI(
                    id: try await value(place + "network-interface-id"), macAddress: macAddress,
                    addresses: Self.addresses(in: try await value(place + "private-ipv4s") ?? "").filter { $0 != own }))
        }
        return enis
    }

    /// The addresses of a list: lines, or a JSON array.
    private static func addresses(in text: String) -> [IPv4Address] {
        text.split { !$0.isNumber && $0 != "." }.compactMap { IPv4Address($0) }
    }

    /// The keys of the instance's role; nil where it has none.
    func roleCredentials() async throws -> VolcengineCredentials? {
        let path = "/volcstack/latest/iam/security_credentials/"
        guard let list = try await patience.retrying({ try await service.text(path) }),
            // Lines, or a JSON array.
            let role = list.split(whereSeparator: { $0.isNewline || "[\", ]".contains($0) }).first,
            let text = try await patience.retrying({ try await service.text(path + role) }),
            let json = try? JSON(parsing: Array(text.utf8)),
            let accessKeyID = json.text("AccessKeyId"), let secretAccessKey = json.text("SecretAccessKey")
        else { return nil }
        return VolcengineCredentials(
            accessKeyID: accessKeyID, secretAccessKey: secretAccessKey, sessionToken: json.text("SessionToken"))
    }
}

/// What the metadata service says about this instance.
package struct VolcengineInstance: Sendable, Equatable {
    package var id: String
    package var vpcID: String
    package var zone: String
    package var region: String
    /// Nil if the service does not say.
    package var type: String?

    init(_ metadata: VolcengineMetadata) async throws {
        id = try await metadata.required("instance-id")
        vpcID = try await metadata.required("vpc-id")
        zone = try await metadata.required("placement/availability-zone", "availability-zone")
        type = try await metadata.value("instance-type-id", "instance-type")
        // A zone is named after its region, with a letter appended, such as cn-beijing-a.
        let ofZone = zone.split(separator: "-").dropLast().joined(separator: "-")
        region = try await metadata.value("region-id", "placement/region") ?? ofZone
    }
}
