import Addresses
import FastDHCP
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Node
import ServiceLifecycle

/// The control socket: HTTP/1.1 on a unix socket, for the programs of this host. docs/openapi.yaml describes it.
struct ControlService: Service {
    let socket: ControlSocket
    let leases: LeaseEndpoints
    let trace: TraceView
    let status: StatusView
    let events: LeaseEvents
    let reloader: Reloader
    let listening: Countdown
    let log: Logger

    func run() async throws {
        let listener = HTTPListener(address: .unixDomainSocket(path: socket.path), routes: routes, log: log) {
            [socket, listening, log] in
            do {
                try socket.restrict()
            } catch {
                log.error("the control socket's mode is not 0600", metadata: ["error": "\(error)"])
            }
            listening.step()
        }
        try await listener.run()
    }

    private var routes: Routes {
        Routes([
            "/v1/leases": [.get: { try leases.list($0.request) }],
            "/v1/leases/*": [
                .get: { try leases.one(Self.client(of: $0)) },
                .put: { try await leases.put(Self.client(of: $0), $0.request) },
                .delete: { try await leases.delete(Self.client(of: $0)) },
            ],
            "/v1/leases/*/trace": [.get: { Response(trace.json(of: try Self.client(of: $0))) }],
            "/v1/status": [.get: { _ in Response(status.json()) }],
            "/v1/events": [.get: { try await stream(to: $0.channel) }],
            "/v1/reload": [.post: { _ in try reload() }],
        ])
    }

    private static func client(of exchange: Routes.Exchange) throws(ControlError) -> MACAddress {
        guard let client = MACAddress(exchange.parameters[0]) else {
            throw ControlError(
                .badRequest, "the path has no MAC address; write it as 52:54:00:12:34:56", field: "mac")
        }
        return client
    }

    private func stream(to channel: any Channel) async throws -> Response {
        guard let listener = events.listen() else {
            throw ControlError(
                .serviceUnavailable, "\(LeaseEvents.listenerLimit) programs follow the events already; end one of them")
        }
        channel.closeFuture.whenComplete { _ in listener.end() }
        try await channel.triggerUserOutboundEvent(ConnectionHandler.AnswerIsStream())
        let body = ResponseBody { writer in
            for await line in listener.lines.cancelOnGracefulShutdown() {
                try await writer.write(ByteBuffer(string: line))
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/x-ndjson"], body: body)
    }

    private func reload() throws(ControlError) -> Response {
        do {
            let change = try reloader.reload()
            return Response(
                .members(["generation": .number(change.generation), "changed": .strings(change.fields)]))
        } catch is Reloader.Busy {
            throw ControlError(.conflict, "another reload is at work; try again")
        } catch let error as BadInput {
            throw ControlError(.unprocessableContent, "\(error)", field: error.field)
        } catch {
            throw ControlError(.unprocessableContent, "\(error)")
        }
    }
}
