package import Addresses
import Node
import Synchronization

/// A double of Google Compute Engine's API and metadata service, as far as pools use them, with a state of its own.
package final class TestGCE: Sendable {
    /// A range with a name: a secondary range of the subnetwork, or an alias of the NIC.
    package struct Range: Sendable, Equatable {
        package var network: IPv4Network
        package var rangeName: String

        package init(_ network: IPv4Network, _ rangeName: String) {
            self.network = network
            self.rangeName = rangeName
        }
    }

    /// An instance's nic0.
    package struct Instance: Sendable {
        package var aliases: [Range] = []
        /// Increases with every change of the instance.
        var fingerprint = 1

        package init(aliases: [Range] = []) { self.aliases = aliases }
    }

    package struct State: Sendable {
        package var faults = TestFaults()
        package var ranges: [Range] = []
        package var instances = [TestGCE.node: Instance()]
        /// Increases with every change of the subnetwork.
        var subnetworkFingerprint = 1
        /// Another instance gets these aliases just before each alias is given.
        package var rivalAliases: [Range] = []
        /// The number of instances on one page of a list.
        package var pageSize = 500
        /// This many of the next writes come just after somebody else has changed the resource.
        package var rivalWriteCount = 0
        package var looksToSettle = 2
        var operations: [String: (looks: Int, error: String?)] = [:]
        var operationByRequestID: [String: String] = [:]

        /// The aliases of the instance that most tests use.
        package var aliases: [Range] {
            get { instances[TestGCE.node]?.aliases ?? [] }
            set { instances[TestGCE.node]?.aliases = newValue }
        }
    }

    package static let node = "node-1"

    private let state = Mutex(State())
    private static let root = "/compute/v1/projects/project-1/"

    package init() {}

    package func change(_ body: @Sendable (inout State) -> Void) { state.withLock { body(&$0) } }
    package var now: State { state.withLock { $0 } }

    /// Answers a request for the API or for an instance's metadata.
    package func answer(_ request: ServedRequest, to node: String = TestGCE.node) -> Serving {
        state.withLock { state in
            guard request.path.hasPrefix(Self.root) else { return Self.metadata(request, of: node) }
            let subpath = String(request.path.dropFirst(Self.root.count))
            let verb =
                subpath.contains("/operations/")
                ? "wait"
                : subpath.contains("/subnetworks/")
                    ? "subnetwork" : subpath.hasPrefix("aggregated/") ? "instances" : "instance"
            let fault = state.faults.next("\(request.method) \(verb)")
            switch fault {
            case .error(let code, let status), .gatewayError(let code, let status): return Self.error(code, status)
            case .gateway(let status): return .reply(status: status, body: "<html>busy</html>")
            case .lostRequest: return .hangUp
            case .hang: return .hang
            case .lostReply, nil: break
            }
            guard request.headers["authorization"] == "Bearer token-1" else { return Self.error("authError", 401) }
            let answer = state.perform(verb, subpath, request)
            return fault == .lostReply ? .hangUp : answer
        }
    }

    private static func metadata(_ request: ServedRequest, of node: String) -> Serving {
        guard request.headers["metadata-flavor"] == "Google" else { return .reply(status: 403, body: "") }
        let values = [
            "instance/name": node, "instance/zone": "projects/1/zones/zone-a", "project/project-id": "project-1",
            "instance/service-accounts/default/token": #"{"access_token": "token-1", "expires_in": 3000}"#,
        ]
        guard let value = values[String(request.path.dropFirst("/computeMetadata/v1/".count))] else {
            return .reply(status: 404, body: "")
        }
        return .reply(status: 200, body: value)
    }

    fileprivate static func error(_ reason: String, _ status: Int) -> Serving {
        let body =
            #"{"error": {"code": \#(status), "message": "the vendor's words", "errors": [{"reason": "\#(reason)"}]}}"#
        return .reply(status: status, body: body)
    }
}

extension TestGCE.State {
    fileprivate mutating func perform(_ verb: String, _ subpath: String, _ request: ServedRequest) -> Serving {
        if verb == "wait" { return wait(subpath.split(separator: "/").dropLast().last.map(String.init) ?? "") }
        if verb == "instances" { return list(request) }
        let isUpdate = request.method == "PATCH"
        let path =
            subpath.hasSuffix("/updateNetworkInterface")
            ? subpath.split(separator: "/").dropLast().joined(separator: "/") : subpath
        let node = instances.keys.first { path == "zones/zone-a/instances/\($0)" }
        guard node != nil && isUpdate == (path != subpath) || path == "regions/region-1/subnetworks/default" else {
            return TestGCE.error("notFound", 404)
        }
        guard isUpdate else { return .reply(status: 200, body: resource(node).compactText) }
        if let name = request["requestId"].flatMap({ operationByRequestID[$0] }) { return operation(name) }
        if rivalWriteCount > 0 {
            rivalWriteCount -= 1
            for node in instances.keys { instances[node]?.fingerprint += 1 }
            subnetworkFingerprint += 1
        }
        guard let body = try? JSON(parsing: request.body), hasLatestFingerprint(node, body) else {
            return TestGCE.error("conditionNotMet", 412)
        }
        let name = "operation-\(operations.count + 1)"
        operations[name] = (looksToSettle, update(node, body))
        if let id = request["requestId"] { operationByRequestID[id] = name }
        return operation(name)
    }

    /// All instances in the order of their names, in the format of a list over all zones.
    private func list(_ request: ServedRequest) -> Serving {
        let start = request["pageToken"].flatMap { Int($0.dropFirst("page ".count)) } ?? 0
        let names = Array(instances.keys.sorted().dropFirst(start).prefix(pageSize))
        let zone = JSON.object([JSON.Member("instances", .array(names.map { resource($0) }))])
        // The real API gives a zone without instances a warning instead of the list.
        var document = [
            JSON.Member(
                "items",
                .object([JSON.Member("zones/zone-a", zone), JSON.Member("zones/zone-b", .object([]))]))
        ]
        if start + names.count < instances.count {
            document.append(JSON.Member("nextPageToken", .string("page \(start + names.count)")))
        }
        return .reply(status: 200, body: JSON.object(document).compactText)
    }

    /// An instance, or the subnetwork.
    private func resource(_ node: String?) -> JSON {
        guard let node, let instance = instances[node] else {
            return .object([
                JSON.Member("fingerprint", .string("s\(subnetworkFingerprint)")),
                JSON.Member("secondaryIpRanges", .array(ranges.map { $0.json("rangeName") })),
            ])
        }
        let interface = JSON.object([
            JSON.Member("name", .string("nic0")), JSON.Member("fingerprint", .string("i\(instance.fingerprint)")),
            JSON.Member(
                "subnetwork",
                .string("https://example.test/compute/v1/projects/project-1/regions/region-1/subnetworks/default")),
            JSON.Member("aliasIpRanges", .array(instance.aliases.map { $0.json("subnetworkRangeName") })),
        ])
        return .object([JSON.Member("networkInterfaces", .array([interface]))])
    }

    private func hasLatestFingerprint(_ node: String?, _ body: JSON) -> Bool {
        let latest = node.map { "i\(instances[$0]?.fingerprint ?? 0)" } ?? "s\(subnetworkFingerprint)"
        return body["fingerprint"] == .string(latest)
    }

    /// Changes an instance, or the subnetwork.
    /// - Returns: the error with which the operation ends; nil if it succeeds.
    private mutating func update(_ node: String?, _ body: JSON) -> String? {
        guard let node else {
            subnetworkFingerprint += 1
            ranges = TestGCE.Range.list(body["secondaryIpRanges"], "rangeName")
            return nil
        }
        if !rivalAliases.isEmpty { instances["rival", default: TestGCE.Instance()].aliases = rivalAliases }
        let aliases = TestGCE.Range.list(body["aliasIpRanges"], "subnetworkRangeName")
        let foreign = instances.filter { $0.key != node }.values.flatMap(\.aliases)
        guard !aliases.contains(where: { alias in foreign.contains { $0.network.overlaps(alias.network) } }) else {
            return "IP_IN_USE_BY_ANOTHER_RESOURCE"
        }
        instances[node]?.fingerprint += 1
        instances[node]?.aliases = aliases
        return nil
    }

    private mutating func wait(_ name: String) -> Serving {
        guard let looks = operations[name]?.looks else { return TestGCE.error("notFound", 404) }
        operations[name]?.looks = max(looks - 1, 0)
        return operation(name)
    }

    private func operation(_ name: String) -> Serving {
        let status = operations[name]?.looks == 0 ? "DONE" : "RUNNING"
        let zone = "https://example.test/compute/v1/projects/project-1/zones/zone-a"
        let error = operations[name]?.error.map {
            #", "httpErrorStatusCode": 400, "error": {"errors": [{"code": "\#($0)", "message": "the vendor's words"}]}"#
        }
        let failure = status == "DONE" ? error ?? "" : ""
        return .reply(
            status: 200, body: #"{"name": "\#(name)", "status": "\#(status)", "zone": "\#(zone)"\#(failure)}"#)
    }
}

extension TestGCE.Range {
    fileprivate func json(_ nameKey: String) -> JSON {
        .object([JSON.Member("ipCidrRange", .string("\(network)")), JSON.Member(nameKey, .string(rangeName))])
    }

    fileprivate static func list(_ json: JSON?, _ nameKey: String) -> [TestGCE.Range] {
        guard case .array(let elements) = json else { return [] }
        return elements.compactMap { element in
            guard case .string(let network) = element["ipCidrRange"], case .string(let name) = element[nameKey],
                let network = IPv4Network(network)
            else { return nil }
            return TestGCE.Range(network, name)
        }
    }
}
