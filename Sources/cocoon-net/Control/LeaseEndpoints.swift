import Addresses
import FastDHCP
import NIOHTTP1
import Node

/// `/v1/leases` and `/v1/addresses`: reads leases, grants or releases them for other programs of the host, and frees
/// addresses that are set aside.
struct LeaseEndpoints: Sendable {
    let server: Server
    let export: LeaseExport

    private var view: LeaseView { LeaseView(server: server) }

    /// `GET /v1/leases`
    func list(_ request: Request) throws -> Response {
        Response(view.page(try LeaseQuery(request.query)))
    }

    /// `GET /v1/leases/{mac}`
    func one(_ client: MACAddress) throws -> Response {
        guard let lease = view.lease(of: client) else {
            throw ControlError(.notFound, "\(client) has no lease here; run \"cocoon-net trace \(client)\" to see why")
        }
        return Response(lease)
    }

    /// `PUT /v1/leases/{mac}`: grants a lease before the VM boots.
    func put(_ client: MACAddress, _ request: Request) async throws -> Response {
        guard client.rawValue != 0, client.rawValue >> 40 & 1 == 0 else {
            throw ControlError(
                .badRequest, "\(client) cannot be a VM's address: it is zero or a group address", field: "mac")
        }
        let address = try wish(in: request)
        let outcome = await server.lease(to: client, address)
        switch outcome {
        case .granted, .held:
            guard await export.follow() else {
                throw ControlError(
                    .internalServerError, "the lease is granted, but the lease file cannot be written; see the log")
            }
            guard let lease = view.lease(of: client) else {
                throw ControlError(.conflict, "\(client) got a lease but lost it again in the meantime; try again")
            }
            return Response(lease, status: outcome.isNew ? .created : .ok)
        case .hasOther(let other):
            throw ControlError(
                .conflict, "\(client) already has \(other); release it first: DELETE /v1/leases/\(client)", field: "ip")
        case .taken:
            throw ControlError(
                .conflict,
                "\(address.map { "\($0)" } ?? "it") is leased to or reserved for another client; choose another",
                field: "ip")
        case .outsidePool:
            throw ControlError(
                .badRequest,
                "\(address.map { "\($0)" } ?? "it") is not in the pool; choose one that pool.json lists",
                field: "ip")
        case .exhausted:
            throw ControlError(
                .serviceUnavailable,
                "the pool has no free address; release leases of VMs that are gone, or enlarge the pool")
        case .changeInFlight:
            throw ControlError(
                .serviceUnavailable,
                "an earlier change of this lease or address is still waiting for the disk or the kernel; try again")
        case .refused:
            throw ControlError(
                .internalServerError,
                "the lease could not be written to disk or routed; nothing has changed; see the log")
        }
    }

    /// `DELETE /v1/leases/{mac}`
    func delete(_ client: MACAddress) async throws -> Response {
        switch await server.release(client) {
        case .released: break
        case .routeRemains:
            throw ControlError(
                .internalServerError,
                "the lease is released, but the kernel refuses to remove its route; see the log and cocoon-net doctor")
        case .changeInFlight:
            throw ControlError(
                .internalServerError,
                "an earlier change of this lease is still waiting for the disk or the kernel; nothing has changed; try again"
            )
        case .refused:
            throw ControlError(
                .internalServerError,
                "the release could not be written to disk; nothing has changed; see the log, then try again")
        }
        guard await export.follow() else {
            throw ControlError(
                .internalServerError, "the lease is released, but the lease file cannot be written; see the log")
        }
        return Response(.noContent)
    }

    /// `DELETE /v1/addresses/{ip}`: makes an address available that is quarantined or declined.
    func free(_ address: IPv4Address) async throws -> Response {
        switch await server.free(address) {
        case .available: return Response(.noContent)
        case .held(let client):
            throw ControlError(
                .conflict, "\(client) has \(address); to end its lease, run \"cocoon-net leases release \(client)\"",
                field: "ip")
        case .outsidePool:
            throw ControlError(
                .notFound, "\(address) is not in the pool; choose an address that pool.json lists", field: "ip")
        case .changeInFlight:
            throw ControlError(
                .serviceUnavailable,
                "an earlier change of this address is still waiting for the disk or the kernel; nothing has changed; try again"
            )
        case .refused:
            throw ControlError(
                .internalServerError,
                "the change could not be written to disk; nothing has changed; see the log, then try again")
        }
    }

    /// The address in the body `{"ip": "172.20.100.9"}`. Nil if the body is empty or has no `ip`.
    private func wish(in request: Request) throws -> IPv4Address? {
        let body = try request.body
        if body.isEmpty { return nil }
        let json: JSON
        do {
            json = try JSON(parsing: body, depthLimit: 16)
        } catch {
            throw ControlError(
                .badRequest, "the body is not valid JSON: line \(error.line), column \(error.column): \(error.problem)")
        }
        guard case .object(let members) = json else {
            throw ControlError(
                .badRequest, "the body is \(json.kind), not an object; write {\"ip\": \"172.20.100.9\"}, or {}")
        }
        if let other = members.first(where: { $0.key != "ip" }) {
            throw ControlError(
                .badRequest, "the body has an unknown key; the only key allowed is ip", field: other.key)
        }
        guard let value = json["ip"], value != .null else { return nil }
        guard case .string(let text) = value, let address = IPv4Address(text) else {
            throw ControlError(.badRequest, "\(value.compactText) is not an IPv4 address", field: "ip")
        }
        return address
    }
}

extension LeaseOutcome {
    fileprivate var isNew: Bool {
        if case .granted = self { true } else { false }
    }
}
