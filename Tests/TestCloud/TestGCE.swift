package import Addresses
import Node
import Synchronization

/// Google Compute Engine's API and metadata service, as far as a pool has to do with them, with a state of its own.
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

    package struct State: Sendable {
        package var faults = TestFaults()
        package var ranges: [Range] = []
        package var aliases: [Range] = []
        /// Changes with every change of the resource.
        package var subnetworkFingerprint = 1
        package var interfaceFingerprint = 1
        /// Somebody else changes the resource just before the next writes.
        package var rivalWriteCount = 0
        package var looksToSettle = 2
        var operations: [String: (looks: Int, error: String?)] = [:]
        var operationByRequestID: [String: String] = [:]
    }

    private let state = Mutex(State())
    private static let root = "/compute/v1/projects/project-1/"

    package init() {}

    package func change(_ body: @Sendable (inout State) -> Void) { state.withLock { body(&$0) } }
    package var now: State { state.withLock { $0 } }

    /// Answers a request for the API or for metadata.
    package func answer(_ request: ServedRequest) -> Serving {
        state.withLock { state in
            guard request.path.hasPrefix(Self.root) else { return Self.metadata(request) }
            let subpath = String(request.path.dropFirst(Self.root.count))
            let verb =
                subpath.contains("/operations/")
                ? "wait" : subpath.contains("/subnetworks/") ? "subnetwork" : "instance"
            let fault = state.faults.next("\(request.method) \(verb)")
            switch fault {
            case .error(let code, let status), .gatewayError(let code, let status): return Self.error(code, status)
            case .gateway(let status): return .reply(status: status, body: "<html>busy</html>")
            case .lostRequest: return .hangUp
            case .lostReply, nil: break
            }
            guard request.headers["authorization"] == "Bearer token-1" else { return Self.error("authError", 401) }
            let answer = state.perform(verb, subpath, request)
            return fault == .lostReply ? .hangUp : answer
        }
    }

    private static func metadata(_ request: ServedRequest) -> Serving {
        guard request.headers["metadata-flavor"] == "Google" else { return .reply(status: 403, body: "") }
        let values = [
            "instance/name": "node-1", "instance/zone": "projects/1/zones/zone-a", "project/project-id": "project-1",
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
        let expected =
            verb == "instance" ? "zones/zone-a/instances/node-1" : "regions/region-1/subnetworks/default"
        let isUpdate = request.method == "PATCH"
        guard subpath == expected + (verb == "instance" && isUpdate ? "/updateNetworkInterface" : "") else {
            return TestGCE.error("notFound", 404)
        }
        guard isUpdate else { return .reply(status: 200, body: resource(verb).compactText) }
        if let name = request["requestId"].flatMap({ operationByRequestID[$0] }) { return operation(name) }
        if rivalWriteCount > 0 {
            rivalWriteCount -= 1
            interfaceFingerprint += 1
            subnetworkFingerprint += 1
        }
        guard let body = try? JSON(parsing: request.body), update(verb, body) else {
            return TestGCE.error("conditionNotMet", 412)
        }
        let name = "operation-\(operations.count + 1)"
        operations[name] = (looksToSettle, nil)
        if let id = request["requestId"] { operationByRequestID[id] = name }
        return operation(name)
    }

    private func resource(_ verb: String) -> JSON {
        if verb == "subnetwork" {
            return .object([
                JSON.Member("fingerprint", .string("s\(subnetworkFingerprint)")),
                JSON.Member("secondaryIpRanges", .array(ranges.map { $0.json("rangeName") })),
            ])
        }
        let interface = JSON.object([
            JSON.Member("name", .string("nic0")), JSON.Member("fingerprint", .string("i\(interfaceFingerprint)")),
            JSON.Member(
                "subnetwork",
                .string("https://example.test/compute/v1/projects/project-1/regions/region-1/subnetworks/default")),
            JSON.Member("aliasIpRanges", .array(aliases.map { $0.json("subnetworkRangeName") })),
        ])
        return .object([JSON.Member("networkInterfaces", .array([interface]))])
    }

    /// False when the fingerprint is not the latest.
    private mutating func update(_ verb: String, _ body: JSON) -> Bool {
        if verb == "subnetwork" {
            guard body["fingerprint"] == .string("s\(subnetworkFingerprint)") else { return false }
            subnetworkFingerprint += 1
            ranges = TestGCE.Range.list(body["secondaryIpRanges"], "rangeName")
        } else {
            guard body["fingerprint"] == .string("i\(interfaceFingerprint)") else { return false }
            interfaceFingerprint += 1
            aliases = TestGCE.Range.list(body["aliasIpRanges"], "subnetworkRangeName")
        }
        return true
    }

    private mutating func wait(_ name: String) -> Serving {
        guard let looks = operations[name]?.looks else { return TestGCE.error("notFound", 404) }
        operations[name]?.looks = max(looks - 1, 0)
        return operation(name)
    }

    private func operation(_ name: String) -> Serving {
        let status = operations[name]?.looks == 0 ? "DONE" : "RUNNING"
        let zone = "https://example.test/compute/v1/projects/project-1/zones/zone-a"
        return .reply(status: 200, body: #"{"name": "\#(name)", "status": "\#(status)", "zone": "\#(zone)"}"#)
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
