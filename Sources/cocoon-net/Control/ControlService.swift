import Addresses
import FastDHCP
import LinuxSystem
import Logging
import NIOCore
import NIOHTTP1
import Node
import ServiceLifecycle

/// The control API: HTTP/1.1 on a Unix socket, for the programs of this host. docs/openapi.yaml describes it.
struct ControlService: Service {
    let socket: ControlSocket
    let leases: LeaseEndpoints
    let trace: TraceView
    let status: StatusView
    let events: LeaseEvents
    let reloader: Reloader
    let listening: ReadinessLatch
    let log: Logger

    /// How often it looks whether the socket's file is still there.
    private static let lookInterval = Duration.seconds(2)

    func run() async throws {
        let listener = HTTPListener(address: .unixSocket(path: socket.path), routes: routes)
        var bound: HTTPListener.Socket
        do {
            bound = try await listener.listen()
        } catch {
            throw OperatorError(
                "cannot make the control socket \(socket.path): \(error.reason); make its directory writable, or name "
                    + "another with --control-socket")
        }
        secure()
        listening.step()
        try await withThrowingDiscardingTaskGroup { group in
            while true {
                group.addTask { [bound] in try await listener.serve(bound) }
                guard await awaitRemoval() else { return }
                // Connections that were made before go on.
                bound.channel.close(promise: nil)
                log.warning(
                    "somebody removed the control socket; making it again", metadata: ["path": "\(socket.path)"])
                guard let again = await listenAgain(listener) else { return }
                bound = again
            }
        }
    }

    /// Leaves the socket to root alone.
    private func secure() {
        do {
            try socket.restrict()
        } catch {
            log.error("cannot set the mode of the control socket to 0600", metadata: ["error": "\(error)"])
        }
    }

    /// Waits until the socket's file is gone, or is another one.
    /// - Returns: false at a graceful shutdown.
    private func awaitRemoval() async -> Bool {
        let file = socket.file
        do {
            try await cancelWhenGracefulShutdown {
                repeat { try await Task.sleep(for: Self.lookInterval) } while socket.file == file
            }
            return !Task.isShuttingDownGracefully
        } catch {
            return false
        }
    }

    /// Makes the socket anew, however often that fails.
    /// - Returns: nil at a graceful shutdown.
    private func listenAgain(_ listener: HTTPListener) async -> HTTPListener.Socket? {
        var retry = Retry()
        while !Task.isShuttingDownGracefully && !Task.isCancelled {
            do {
                try socket.clear()
                let bound = try await listener.listen()
                secure()
                log.notice("the control socket is there again", metadata: ["path": "\(socket.path)"])
                return bound
            } catch {
                let advice = retry.recordFailure("\(error)", now: .now())
                if advice.isNews {
                    log.error(
                        "no control socket for now; make its directory writable",
                        metadata: ["path": "\(socket.path)", "error": "\(error)"])
                }
                try? await cancelWhenGracefulShutdown {
                    try await Task.sleep(for: .milliseconds(Int(advice.delayMilliseconds)))
                }
            }
        }
        return nil
    }

    private var routes: Routes {
        Routes([
            "/v1/leases": [.GET: { try leases.list($0.request) }],
            "/v1/leases/*": [
                .GET: { try leases.one(Self.client(of: $0)) },
                .PUT: { try await leases.put(Self.client(of: $0), $0.request) },
                .DELETE: { try await leases.delete(Self.client(of: $0)) },
            ],
            "/v1/leases/*/trace": [.GET: { Response(trace.json(of: try Self.client(of: $0))) }],
            "/v1/addresses/*": [.DELETE: { try await leases.free(Self.address(of: $0)) }],
            "/v1/status": [.GET: { _ in Response(status.json()) }],
            "/v1/events": [.GET: { try stream(to: $0.channel) }],
            "/v1/reload": [.POST: { _ in try reload() }],
        ])
    }

    private static func client(of exchange: Routes.Exchange) throws(ControlError) -> MACAddress {
        guard let client = MACAddress(exchange.parameters[0]) else {
            throw ControlError(
                .badRequest, "the path has no valid MAC address; write it as 52:54:00:12:34:56", field: "mac")
        }
        return client
    }

    private static func address(of exchange: Routes.Exchange) throws(ControlError) -> IPv4Address {
        guard let address = IPv4Address(exchange.parameters[0]) else {
            throw ControlError(
                .badRequest, "the path has no valid IPv4 address; write it as 172.20.100.9", field: "ip")
        }
        return address
    }

    private func stream(to channel: any Channel) throws -> Response {
        guard let listener = events.subscribe() else {
            throw ControlError(
                .serviceUnavailable, "\(LeaseEvents.listenerLimit) programs already follow the events; stop one of them"
            )
        }
        channel.closeFuture.whenComplete { _ in listener.end() }
        return Response(.lines(listener.lines), type: "application/x-ndjson")
    }

    private func reload() throws(ControlError) -> Response {
        do {
            let change = try reloader.reload()
            return Response(
                .members(["generation": .number(change.generation), "changed": .strings(change.fields)]))
        } catch is Reloader.Busy {
            throw ControlError(.conflict, "another reload is in progress; try again")
        } catch let error as BadInput {
            throw ControlError(.unprocessableEntity, "\(error)", field: error.field)
        } catch {
            throw ControlError(.unprocessableEntity, "\(error)")
        }
    }
}
