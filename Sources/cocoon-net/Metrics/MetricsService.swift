import Logging
import NIOHTTP1
import ServiceLifecycle

/// Serves the metrics page over HTTP. A failure is said once in the log and never stops the daemon.
struct MetricsService: Service {
    let address: MetricsAddress
    let page: MetricsPage
    let metricsGuard: MetricsGuard?
    let listening: ReadinessLatch
    let log: Logger

    func run() async throws {
        let routes = Routes([
            "/metrics": [
                .GET: { [page] _ in
                    Response(.bytes(Array(page.render().utf8)), type: "text/plain; version=0.0.4; charset=utf-8")
                }
            ]
        ])
        let host = address.host.isEmpty ? "0.0.0.0" : address.host
        let listener = HTTPListener(address: .tcp(host: host, port: address.port), routes: routes) {
            [metricsGuard, listening] in
            metricsGuard?.follow()
            listening.step()
        }
        do {
            try await listener.run()
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
