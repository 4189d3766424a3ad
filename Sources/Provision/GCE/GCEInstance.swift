import Node

/// Google Compute Engine's metadata service.
struct GCEMetadata: Sendable {
    private let service: MetadataService
    private let patience: CloudPatience
    private static let root = "/computeMetadata/v1/"

    init(_ environment: CloudEnvironment) throws(BadInput) {
        service = MetadataService(
            endpoint: try environment.url("COCOON_NET_GCE_METADATA", default: "http://metadata.google.internal"),
            headers: [(name: "Metadata-Flavor", value: "Google")], environment: environment, name: "gke")
        patience = environment.patience.forNeighbours
    }

    /// Whether the service answers. The request is sent once.
    func answers() async throws -> Bool { try await service.text(Self.root + "instance/name") != nil }

    func value(_ path: String) async throws -> String {
        guard let text = try await patience.retrying({ try await service.text(Self.root + path) }) else {
            throw CloudError(
                "gke metadata \(path)", "the service does not know it",
                remedy: "check that this host is an instance of Compute Engine")
        }
        return text
    }

    /// The access token for the API.
    func token() async throws -> String {
        let path = "instance/service-accounts/default/token"
        guard let json = try? JSON(parsing: Array(try await value(path).utf8)), let token = json.text("access_token")
        else {
            throw CloudError(
                "gke metadata \(path)", "the answer has no access_token",
                remedy: "give the instance a service account with the scope compute-rw")
        }
        return token
    }
}

/// What the metadata service says about this instance.
package struct GCEInstance: Sendable, Equatable {
    package var project: String
    package var zone: String
    package var name: String

    init(_ metadata: GCEMetadata) async throws {
        project = try await metadata.value("project/project-id")
        // Such as projects/123/zones/us-central1-a.
        zone = String(try await metadata.value("instance/zone").split(separator: "/").last ?? "")
        name = try await metadata.value("instance/name")
    }

    var path: String { "zones/\(zone)/instances/\(name)" }
}
