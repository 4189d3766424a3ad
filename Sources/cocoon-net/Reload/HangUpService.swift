import ServiceLifecycle
import UnixSignals

/// Reloads at each SIGHUP, as service managers ask for it.
struct HangUpService: Service {
    let reloader: Reloader

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            // What is wrong is in the log.
            _ = try? reloader.reload()
        }
    }
}
