import Node
import ServiceLifecycle
import UnixSignals

/// Reloads at each SIGHUP, as service managers ask for it, and tells them when that is done.
struct HangUpService: Service {
    let reloader: Reloader
    let manager: ServiceManager
    /// What the manager is told that the daemon does.
    let status: String

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            manager.reloading()
            // What is wrong is in the log.
            _ = try? reloader.reload()
            manager.ready(status)
        }
    }
}
