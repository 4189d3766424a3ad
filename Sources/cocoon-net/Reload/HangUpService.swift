import LinuxSystem
import Node
import ServiceLifecycle
import UnixSignals

/// Reloads at each SIGHUP, and tells the service manager when the reload begins and ends.
struct HangUpService: Service {
    let reloader: Reloader
    let manager: ServiceManager
    /// The status text for the service manager.
    let status: String

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        // A SIGHUP arrived during the start. The daemon may have read pool.json before the change that the signal announces.
        if HangUpSignal.takeKept() { await announceAndReload() }
        for await _ in signals.cancelOnGracefulShutdown() { await announceAndReload() }
    }

    private func announceAndReload() async {
        manager.reloading()
        await reload()
        manager.ready(status)
    }

    /// Reloads, and waits for its turn if another reload is in progress: that one may have read the file before it changed.
    private func reload() async {
        while true {
            do {
                _ = try reloader.reload()
                return
            } catch is Reloader.Busy {
                try? await Task.sleep(for: .milliseconds(50))
            } catch {
                // The reloader has logged the error. Only a change of the file can fix it.
                return
            }
        }
    }
}
