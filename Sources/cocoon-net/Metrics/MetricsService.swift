import Hummingbird
import Logging
import ServiceLifecycle

/// Serves the metrics page over HTTP. A failure is said once in the log and never stops the daemon.
struct MetricsService: Service {
    let address: MetricsAddress
    let page: MetricsPage
    let metricsGuard: MetricsGuard?
    let listening: Countdown
    let log: Logger

    func run() async throws {
        let router = Router()
        router.get("/metrics") { [page] _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: page.render())))
        }
        var quiet = log
        quiet.logLevel = max(log.logLevel, .warning)
        let host = address.host.isEmpty ? "0.0.0.0" : address.host
        let application = Application(
            router: router, configuration: .init(address: .hostname(host, port: address.port)),
            onServerRunning: { [metricsGuard, listening] _ in
                metricsGuard?.follow()
                listening.step()
            }, logger: quiet)
        do {
            try await application.run()
        } catch is CancellationError {
            return
        } catch {
            log.error(
                "no metrics: cannot listen there; choose another --metrics-addr",
                metadata: ["address": "\(host):\(address.port)", "error": "\(error)"])
            listening.step()
            try await gracefulShutdown()
        }
    }
}
