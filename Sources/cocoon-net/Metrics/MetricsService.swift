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
        let routes = Routes([
            "/metrics": [
                .get: { [page] _ in
                    Response(
                        status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                        body: .init(byteBuffer: ByteBuffer(string: page.render())))
                }
            ]
        ])
        let host = address.host.isEmpty ? "0.0.0.0" : address.host
        let listener = HTTPListener(address: .hostname(host, port: address.port), routes: routes, log: log) {
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
