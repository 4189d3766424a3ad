import Addresses
import FastDHCP
import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
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

    /// More than all programs of a host need, and less than would trouble the daemon.
    private static let connectionLimit = 64

    func run() async throws {
        var quiet = log
        quiet.logLevel = max(log.logLevel, .warning)
        let application = Application(
            router: router(),
            configuration: .init(
                address: .unixDomainSocket(path: socket.path),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionLimit)),
            onServerRunning: { [socket, listening, log] _ in
                do {
                    try socket.restrict()
                } catch {
                    log.error("the control socket's mode is not 0600", metadata: ["error": "\(error)"])
                }
                listening.step()
            },
            logger: quiet)
        try await application.run()
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.addMiddleware { ErrorsAsJSON() }
        serve(router, "/v1/leases", [.get: { request, _ in try leases.list(request) }])
        serve(
            router, "/v1/leases/:mac",
            [
                .get: { _, context in try leases.one(client(context)) },
                .put: { request, context in try await leases.put(client(context), request) },
                .delete: { _, context in try await leases.delete(client(context)) },
            ])
        serve(router, "/v1/leases/:mac/trace", [.get: { _, context in Response(trace.json(of: try client(context))) }])
        serve(router, "/v1/status", [.get: { _, _ in Response(status.json()) }])
        serve(router, "/v1/events", [.get: { _, _ in stream() }])
        serve(router, "/v1/reload", [.post: { _, _ in try reload() }])
        return router
    }

    private typealias Handler = @Sendable (Request, BasicRequestContext) async throws -> Response

    /// Serves a path; methods that it does not have are told those that it has (RFC 9110 section 15.5.6).
    private func serve(
        _ router: Router<BasicRequestContext>, _ path: RouterPath,
        _ handlers: KeyValuePairs<HTTPRequest.Method, Handler>
    ) {
        let allowed = handlers.map(\.key)
        for (method, handler) in handlers { router.on(path, method: method, use: handler) }
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete, .options]
        where !allowed.contains(method) {
            router.on(path, method: method) { _, _ in
                var response = ControlError(.methodNotAllowed, "\(method.rawValue) is not for this path; use \(names)")
                    .response
                response.headers[.allow] = names
                return response
            }
        }
    }

    private func client(_ context: BasicRequestContext) throws(ControlError) -> MACAddress {
        guard let text = context.parameters.get("mac"), let client = MACAddress(text) else {
            throw ControlError(
                .badRequest, "the path has no MAC address; write it as 52:54:00:12:34:56", field: "mac")
        }
        return client
    }

    private func stream() -> Response {
        let lines = events.lines()
        let body = ResponseBody { writer in
            for await line in lines.cancelOnGracefulShutdown() { try await writer.write(ByteBuffer(string: line)) }
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
