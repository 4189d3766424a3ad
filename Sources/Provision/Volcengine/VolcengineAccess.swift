import LinuxSystem
import Node

/// The credentials for Volcengine's API, and which region and endpoint to call.
struct VolcengineAccess: Sendable {
    var credentials: VolcengineCredentials
    /// Gets the credentials again after they have expired; nil if they do not change by themselves.
    var renew: (@Sendable () async throws -> VolcengineCredentials?)?
    /// Nil if the source of the credentials does not name one; likewise `endpoint`.
    var region: String?
    var endpoint: String?

    /// The first source that has keys: the environment, in either spelling, the vendor's file, the instance's role.
    static func find(_ environment: CloudEnvironment, _ metadata: VolcengineMetadata) async throws -> VolcengineAccess {
        if let access = try await findIfAny(environment, metadata) { return access }
        throw BadInput(
            "VOLCENGINE_ACCESS_KEY_ID", nil, "is not set, and neither ~/.volcengine/config.json nor a role has keys",
            remedy: "set it and VOLCENGINE_SECRET_ACCESS_KEY, or give the instance a role")
    }

    /// Like `find`, but nil if there are no keys.
    static func findIfAny(
        _ environment: CloudEnvironment, _ metadata: VolcengineMetadata
    ) async throws -> VolcengineAccess? {
        let region = environment["VOLCENGINE_REGION"]
        for (id, secret) in [
            ("VOLCENGINE_ACCESS_KEY_ID", "VOLCENGINE_SECRET_ACCESS_KEY"),
            ("VOLCENGINE_ACCESS_KEY", "VOLCENGINE_SECRET_KEY"),
        ] {
            guard let id = environment[id], let secret = environment[secret] else { continue }
            let credentials = VolcengineCredentials(
                accessKeyID: id, secretAccessKey: secret, sessionToken: environment["VOLCENGINE_SESSION_TOKEN"])
            return VolcengineAccess(credentials: credentials, region: region)
        }
        if let home = environment.homeDirectory,
            var access = try inFile(
                home + "/.volcengine/config.json", profile: environment["VOLCENGINE_PROFILE"])
        {
            access.region = region ?? access.region
            return access
        }
        return try await metadata.roleCredentials().map { credentials in
            VolcengineAccess(
                credentials: credentials, renew: { try await metadata.roleCredentials() }, region: region)
        }
    }

    /// The keys in the vendor's file: at its top level, or in a profile, by default the current one.
    private static func inFile(_ path: String, profile named: String?) throws(BadInput) -> VolcengineAccess? {
        let json: JSON
        do {
            guard let bytes = try Files.read(path, limit: 1 << 20) else { return nil }
            json = try JSON(parsing: bytes)
        } catch let error as SystemError {
            throw BadInput(file: path, nil, nil, "cannot be read: \(error.reason)", remedy: error.fileRemedy)
        } catch let error as JSONError {
            throw BadInput(
                file: path, "line \(error.line), column \(error.column):", nil, error.problem,
                remedy: "correct it, or move it away")
        } catch {
            throw BadInput(file: path, nil, nil, "cannot be read", remedy: "check that file")
        }
        if named == nil, let id = json.text("access_key_id"), let secret = json.text("secret_access_key") {
            return VolcengineAccess(
                credentials: VolcengineCredentials(
                    accessKeyID: id, secretAccessKey: secret, sessionToken: json.text("session_token")),
                region: json.text("region"), endpoint: json.text("endpoint"))
        }
        guard let profiles = json["profiles"] else { return nil }
        let current = named ?? json.text("current") ?? "default"
        guard let profile = profiles[current] else {
            throw BadInput(
                file: path, named == nil ? "current" : "VOLCENGINE_PROFILE", current, "names no profile of the file",
                remedy: "name one of its profiles")
        }
        guard let id = profile.text("access-key"), let secret = profile.text("secret-key") else { return nil }
        return VolcengineAccess(
            credentials: VolcengineCredentials(
                accessKeyID: id, secretAccessKey: secret, sessionToken: profile.text("session-token")),
            region: profile.text("region"), endpoint: profile.text("endpoint"))
    }
}

/// The credentials in use. All calls of a run share them, so that they are renewed once.
actor VolcengineKeys {
    private(set) var credentials: VolcengineCredentials
    private let renew: (@Sendable () async throws -> VolcengineCredentials?)?

    init(_ access: VolcengineAccess) {
        credentials = access.credentials
        renew = access.renew
    }

    /// Gets other credentials after the API has refused those in `used`.
    /// - Returns: nil if there are none.
    func others(than used: VolcengineCredentials) async throws -> VolcengineCredentials? {
        if credentials != used { return credentials }
        guard let renewed = try await renew?(), renewed != used else { return nil }
        credentials = renewed
        return renewed
    }
}
