import Addresses
import FastDHCP
import FoundationEssentials
import Hummingbird
import Logging
import ServiceLifecycle

/// The control socket: HTTP/1.1 on a unix socket, for the programs of this host.
struct ControlService: Service {
    let socket: ControlSocket
    let server: Server
    let export: LeaseExport
    let log: Logger

    func run() async throws {
        var quiet = log
        quiet.logLevel = max(log.logLevel, .warning)
        let application = Application(
            router: router(),
            configuration: .init(address: .unixDomainSocket(path: socket.path)),
            onServerRunning: { [socket, log] _ in
                do {
                    try socket.restrict()
                } catch {
                    log.error("the control socket's mode is not 0600", metadata: ["error": "\(error)"])
                }
            },
            logger: quiet)
        try await application.run()
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        let path: RouterPath = "/v1/leases/:mac"
        router.delete(path) { [server, export] _, context in
            guard let text = context.parameters.get("mac"), let client = MACAddress(text) else {
                throw HTTPError(.badRequest, message: "the path ends in no MAC address; write it as 52:54:00:12:34:56")
            }
            guard await server.release(client) else {
                throw HTTPError(
                    .internalServerError, message: "the release could not be made durable; nothing has changed")
            }
            guard await export.follow() else {
                throw HTTPError(
                    .internalServerError, message: "released, but the lease file cannot be written; see the log")
            }
            return HTTPResponse.Status.noContent
        }
        for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .options] {
            router.on(path, method: method) { _, _ in Response(status: .methodNotAllowed, headers: [.allow: "DELETE"]) }
        }
        return router
    }
}
