import FoundationEssentials
import Node

/// Volcengine's OpenAPI: signed calls that stay within its rate limit and are retried after passing errors.
struct VolcengineAPI: Sendable {
    enum Service: String { case vpc, ecs }

    typealias Parameters = [(name: String, value: String)]

    let region: String
    /// The scheme and the host.
    let server: String
    private let keys: VolcengineKeys
    private let environment: CloudEnvironment
    private let reads: CallPace
    private let writes: CallPace

    init(_ access: VolcengineAccess, region: String, _ environment: CloudEnvironment) throws(BadInput) {
        self.region = access.region ?? region
        var endpoint = access.endpoint ?? "https://open.volcengineapi.com"
        if !endpoint.contains("://") { endpoint = "https://" + endpoint }
        endpoint = try environment.url("COCOON_NET_VOLCENGINE_ENDPOINT", default: endpoint)
        server = endpoint
        keys = VolcengineKeys(access)
        self.environment = environment
        reads = CallPace(environment.patience.readInterval)
        writes = CallPace(environment.patience.writeInterval)
    }

    var patience: CloudPatience { environment.patience }

    /// The endpoint of a service. A region has one server for each service, with the service's name in front.
    private func endpoint(of service: Service) -> String {
        server.replacing("://\(Service.vpc.rawValue).", with: "://\(service.rawValue).")
    }

    /// The Host header for a URL: without the scheme's default port.
    private static func host(of endpoint: String) -> String {
        guard let url = URL(string: endpoint), let host = url.host() else { return endpoint }
        guard let port = url.port, port != (url.scheme == "http" ? 80 : 443) else { return host }
        return "\(host):\(port)"
    }

    /// Makes a call and returns its result.
    func call(_ service: Service = .vpc, _ action: String, _ parameters: Parameters) async throws -> JSON {
        let pace = action.hasPrefix("Describe") ? reads : writes
        return try await patience.retrying {
            try await pace.turn()
            let credentials = await keys.credentials
            do {
                return try await attempt(service, action, parameters, credentials)
            } catch let error as CloudError where error.refusesKeys {
                guard let others = try await keys.others(than: credentials) else { throw error }
                return try await attempt(service, action, parameters, others)
            }
        }
    }

    /// All elements of a list, page by page.
    func list(_ service: Service = .vpc, _ action: String, _ parameters: Parameters, _ key: String) async throws
        -> [JSON]
    {
        let pageSize = 100
        var elements: [JSON] = []
        var page = 1
        while true {
            let paging = [(name: "PageNumber", value: "\(page)"), (name: "PageSize", value: "\(pageSize)")]
            let result = try await call(service, action, parameters + paging)
            let found = result.elements(key)
            elements += found
            // A server may return shorter pages than requested; TotalCount says when the list is complete.
            let isLast = result.integer("TotalCount").map { elements.count >= $0 } ?? (found.count < pageSize)
            if found.isEmpty || isLast { return elements }
            page += 1
        }
    }

    private func attempt(
        _ service: Service, _ action: String, _ parameters: Parameters, _ credentials: VolcengineCredentials
    ) async throws -> JSON {
        let call = "\(service.rawValue) \(action)"
        let query = parameters + [(name: "Action", value: action), (name: "Version", value: "2020-04-01")]
        let endpoint = endpoint(of: service)
        let signature = VolcengineSignature(
            region: region, service: service.rawValue, host: Self.host(of: endpoint), date: environment.now())
        var request = CloudRequest(.get, endpoint + "/?" + VolcengineSignature.canonicalQuery(query))
        request.headers = signature.headers(query: query, credentials)
        request.patience = patience.attemptPatience
        let reply = try await environment.send(
            request, for: call,
            remedy: "check the network and COCOON_NET_VOLCENGINE_ENDPOINT, then run the command again")
        let json = try? JSON(parsing: reply.body)
        if let error = VolcengineFault(json, reply)?.error(call) { throw error }
        guard reply.status == 200, let json, case .object = json, json["ResponseMetadata"] != nil else {
            let oddity = "an answer that is not from its API: \(reply.text.prefix(80))"
            throw CloudError(
                call, reply.isBusy ? "HTTP status \(reply.status)" : oddity, status: reply.status,
                remedy: "check that \(endpoint) is the vendor's API, then run the command again",
                isPassing: reply.isBusy)
        }
        return json["Result"] ?? .object([])
    }
}

extension CloudError {
    /// The vendor's codes for keys that are wrong or have expired.
    fileprivate static let keyCodes: Set = [
        "SignatureDoesNotMatch", "InvalidSecretToken", "InvalidSecurityToken", "ExpiredToken", "InvalidAccessKey",
        "InvalidAuthorization", "InvalidCredential",
    ]

    fileprivate var refusesKeys: Bool { code.map(Self.keyCodes.contains) ?? false }
}

/// An error in the API's envelope, or in that of the gateways in front of it.
private struct VolcengineFault {
    let code: String
    let message: String
    let requestID: String?
    private let reply: CloudReply

    init?(_ json: JSON?, _ reply: CloudReply) {
        guard let json else { return nil }
        self.reply = reply
        let metadata = json["ResponseMetadata"]
        requestID = metadata?.text("RequestId") ?? json.text("requestid") ?? json.text("RequestId")
        if let error = metadata?["Error"] {
            code = error.text("Code") ?? "unknown"
            message = error.text("Message") ?? ""
        } else if metadata == nil, let errorCode = json.text("errorcode") ?? json.integer("errorcode").map(String.init)
        {
            code = errorCode
            message = json.text("message") ?? ""
        } else {
            return nil
        }
    }

    func error(_ call: String) -> CloudError {
        CloudError(
            call, code: code, message, requestID: requestID, status: reply.status, remedy: remedy(call),
            isPassing: isPassing)
    }

    private var isPassing: Bool {
        if code.hasPrefix("Quota") || code.hasPrefix("LimitExceeded") || code == "InsufficientIpInSubnet" {
            return false
        }
        return code.hasPrefix("Throttling") || code.hasSuffix("FlowLimitExceeded") || code == "RequestLimitExceeded"
            || reply.isBusy
    }

    private func remedy(_ call: String) -> String {
        switch code {
        case "InsufficientIpInSubnet":
            "delete the detached ENIs of the subnet, or use a larger subnet or a smaller --pool-size"
        case "LimitExceeded.PrivateIpsPerEni", "LimitExceeded.EnisPerInstance":
            "use a smaller --pool-size, or an instance type with a higher limit"
        case _ where code.hasPrefix("QuotaExceeded") || code.hasPrefix("LimitExceeded"):
            "delete what is not needed, or ask the vendor for a higher quota"
        case _ where CloudError.keyCodes.contains(code):
            "check the access key and its secret"
        case "InvalidTimestamp": "set this host's clock: the vendor allows 15 minutes of difference"
        case _ where code.hasPrefix("AccessDenied"):
            "give the access key, or the instance's role, the right to call \(call)"
        default: "correct what the message names, then run the same command again"
        }
    }
}
