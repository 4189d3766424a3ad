import TestSupport
import Testing

/// Compares the documents with a running daemon.
@Suite(.needsSandbox, .endsWhenHung)
struct DocumentTests {
    /// A script of the repository.
    private func script(_ name: String) -> String {
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/scripts/" + name
    }

    @Test("every answer of the control API is as docs/openapi.yaml says", .needs("python3"))
    func controlAPI() throws {
        let host = try TestHost(poolSize: 100)
        let daemon = try host.startDaemon()
        let output = try host.sandbox.run([script("check-openapi"), TestHost.controlSocket, TestHost.stateDirectory])
        #expect(output.contains("checks passed"), "\(output)")
        #expect(daemon.process.isRunning)
    }

    @Test("schemathesis finds no answer that docs/openapi.yaml does not describe", .needs("python3"))
    func schemathesis() throws {
        let host = try TestHost(poolSize: 20)
        let daemon = try host.startDaemon()
        let seconds = environment("SCHEMATHESIS_SECONDS") ?? "60"
        // The seed is 1 in every run, so that a failure can be repeated.
        let fuzzer = try host.sandbox.start([script("fuzz-control-api"), TestHost.controlSocket, seconds, "1"])
        #expect(try fuzzer.wait(within: .seconds(600)) == .exit(0), "\(fuzzer.output)")
        #expect(daemon.process.isRunning, "\(daemon.process.output)")
    }

    @Test("dashboard, alerts and reference match the metrics that are served", .needs("promtool"), .needs("python3"))
    func metrics() throws {
        let host = try TestHost()
        let daemon = try host.startDaemon()
        let page = try host.sandbox.http("GET", "/metrics", at: .port(host.metricsPort)).body
        try host.sandbox.write(page, to: "/run/page")
        let output = try host.sandbox.run([script("check-deploy"), "/run/page"])
        #expect(output.contains("checks passed"), "\(output)")
        #expect(daemon.process.isRunning)
    }

    @Test("the tables of docs/configuration.md match the program")
    func reference() throws {
        let sandbox = try Sandbox("reference")
        let output = try sandbox.run([script("write-reference"), "--check", Program.cocoonNet])
        #expect(output.contains("tables checked"), "\(output)")
    }
}
