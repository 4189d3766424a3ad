import LinuxSystem
import Logging
import NIOHTTP1
import ServiceLifecycle

/// Serves the metrics page over HTTP. A failure is logged once, tried again, and never stops the daemon.
struct MetricsService: Service {
    let address: MetricsAddress
    let page: MetricsPage
    let metricsGuard: MetricsGuard?
    let listening: ReadinessLatch
    let log: Logger

    func run() async throws {
        var retry = Retry()
        var isAnnounced = false
        while !Task.isShuttingDownGracefully && !Task.isCancelled {
            do throws(SystemError) {
                let socket = try await listener.listen()
                metricsGuard?.follow()
                if retry.recordSuccess() { log.notice("metrics are served again", metadata: ["address": "\(address)"]) }
                if !isAnnounced { listening.step() }
                isAnnounced = true
                // A socket that breaks is made again; the end of a service would end the daemon.
                try? await listener.serve(socket)
            } catch {
                let advice = retry.recordFailure("\(error)", now: .now())
                if advice.isNews {
                    log.error(
                        "no metrics for now: cannot listen at this address; free the port, or choose another --metrics-addr",
                        metadata: ["address": "\(address)", "error": "\(error)"])
                }
                if !isAnnounced { listening.step() }
                isAnnounced = true
                try? await cancelWhenGracefulShutdown {
                    try await Task.sleep(for: .milliseconds(Int(advice.delayMilliseconds)))
                }
            }
        }
    }

    private var listener: HTTPListener {
        let routes = Routes([
            "/metrics": [
                .GET: { [page] _ in
                    Response(.bytes(Array(page.render().utf8)), type: "text/plain; version=0.0.4; charset=utf-8")
                }
            ]
        ])
        let host = address.host.isEmpty ? "0.0.0.0" : address.host
        var listener = HTTPListener(address: .tcp(host: host, port: address.port), routes: routes)
        if let metricsGuard { listener.admits = { metricsGuard.admits($0) } }
        return listener
    }
}
