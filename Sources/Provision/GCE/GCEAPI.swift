import Node

/// Google Compute Engine's API for one project.
struct GCEAPI: Sendable {
    /// The scheme, the host and the API's path.
    let server: String
    private let base: String
    private let metadata: GCEMetadata
    private let environment: CloudEnvironment

    init(project: String, _ metadata: GCEMetadata, _ environment: CloudEnvironment) throws(BadInput) {
        server = try environment.url(
            "COCOON_NET_GCE_ENDPOINT", default: "https://compute.googleapis.com/compute/v1")
        base = "\(server)/projects/\(project)/"
        self.metadata = metadata
        self.environment = environment
    }

    var patience: CloudPatience { environment.patience }

    func get(_ path: String) async throws -> JSON {
        try await patience.retrying { try await attempt(.get, path, body: nil) }
    }

    /// The instances of the project in all zones, page by page.
    func instances() async throws -> [JSON] {
        var instances: [JSON] = []
        var page = ""
        while true {
            let list = try await get("aggregated/instances?maxResults=500" + page)
            if case .object(let zones) = list["items"] {
                for zone in zones { instances += zone.value.elements("instances") }
            }
            guard let token = list.text("nextPageToken") else { return instances }
            page = "&pageToken=" + CloudRequest.encoded(token)
        }
    }

    /// Changes a resource: reads it, asks `change` what to send, sends that, and waits for the operation. If somebody
    /// else's change has made the fingerprint stale, or an answer is lost, starts over.
    /// - Parameter change: returns the body to send, or nil when nothing is left to do.
    func edit(
        _ path: String, sending subpath: String = "", _ change: @Sendable (JSON) throws -> JSON?
    ) async throws {
        var sent: JSON?
        var requestID = ""
        try await patience.retrying {
            guard let body = try change(try await get(path)) else { return }
            // Requests with the same ID take effect once, however often they arrive.
            if body != sent { requestID = ClientToken.uuid() }
            sent = body
            let separator = subpath.contains("?") ? "&" : "?"
            let operation = try await attempt(.patch, path + subpath + separator + "requestId=" + requestID, body: body)
            try await finish(operation, of: "PATCH " + path + subpath.prefix { $0 != "?" })
        }
    }

    /// Waits until an operation is done.
    private func finish(_ operation: JSON, of call: String) async throws {
        guard let name = operation.text("name") else { throw CloudError.incomplete("gke " + call, "name") }
        let place =
            operation.text("zone").map { "zones/" + Self.last($0) }
            ?? operation.text("region").map { "regions/" + Self.last($0) } ?? "global"
        let late = CloudError("gke " + call, "the operation \(name) does not finish", remedy: "run the command again")
        var latest: JSON? = operation
        let done = try await patience.polling(orThrow: late) {
            if latest?.text("status") != "DONE" {
                latest = try await patience.retrying {
                    try await attempt(.post, "\(place)/operations/\(name)/wait", body: nil)
                }
            }
            return latest?.text("status") == "DONE" ? latest : nil
        }
        guard let error = done["error"]?.elements("errors").first else { return }
        let code = error.text("code")
        throw CloudError(
            "gke " + call, code: code, error.text("message") ?? "the operation failed", requestID: name,
            remedy: Self.remedy(code: code, status: done.integer("httpErrorStatusCode") ?? 0),
            isPassing: done.integer("httpErrorStatusCode") == 412)
    }

    private static func last(_ url: String) -> String { String(url.split(separator: "/").last ?? "") }

    private func attempt(_ method: CloudRequest.Method, _ path: String, body: JSON?) async throws -> JSON {
        let call = "gke \(method.rawValue) \(path.prefix { $0 != "?" })"
        var request = CloudRequest(method, base + path)
        request.headers = [
            (name: "Authorization", value: "Bearer " + (try await metadata.token())),
            (name: "Content-Type", value: "application/json"),
        ]
        if let body { request.body = Array(body.compactText.utf8) }
        // The vendor allows a wait to take two minutes.
        request.patience = path.hasSuffix("/wait") ? .seconds(130) : patience.attemptPatience
        let reply = try await environment.send(
            request, for: call, remedy: "check the network and COCOON_NET_GCE_ENDPOINT, then run the command again")
        let json = try? JSON(parsing: reply.body)
        guard reply.status == 200, let json, case .object = json else {
            let error = json?["error"]
            let reason = error?.elements("errors").first?.text("reason")
            throw CloudError(
                call, code: reason ?? (reply.status == 200 ? nil : "HTTP status \(reply.status)"),
                error?.text("message") ?? "an answer that is not from its API: \(reply.text.prefix(80))",
                status: reply.status, remedy: Self.remedy(code: reason, status: reply.status),
                isPassing: reply.isBusy || reply.status == 412 || reason == "rateLimitExceeded")
        }
        return json
    }

    private static func remedy(code: String?, status: Int) -> String {
        switch (code, status) {
        case (GCE.aliasInUse, _): "another instance has it: use another --subnet, or --subnet auto"
        case (_, 401): "see whether the instance's service account is enabled"
        case (_, 403): "give the instance's service account the role compute.networkAdmin, and the scope compute-rw"
        case (_, 404): "see whether the endpoint, the project and the zone are right"
        case (_, 412): "somebody else keeps changing the resource: run the command again when they are done"
        default: "correct what the message names, then run the same command again"
        }
    }
}
