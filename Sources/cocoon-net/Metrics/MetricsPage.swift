import FastDHCP

/// All metrics as Prometheus text (exposition format 0.0.4).
struct MetricsPage: Sendable {
    let status: StatusView
    let serving: ServingState
    let routes: RouteCounters
    let node: NodeKeeper

    /// Reads all counters and formats them.
    func render() -> String {
        let reading = MetricsReading(status, serving, routes, node)
        var page = PrometheusText()
        for metric in Metric.all { page.write(metric, metric.samples(reading)) }
        return page.text
    }
}
