import LinuxSystem
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
        let signals = await UnixSignalsSequence(trapping: .sighup)
        // One that came while the daemon started: what it read may be older than what the signal is about.
        if HangUpSignal.takeKept() { await announceAndReload() }
        for await _ in signals.cancelOnGracefulShutdown() { await announceAndReload() }
    }

    private func announceAndReload() async {
        manager.reloading()
        await reload()
        manager.ready(status)
    }

    /// Reloads once nobody else does: who is at it may have read the file before it changed.
    private func reload() async {
        while true {
            do {
                _ = try reloader.reload()
                return
            } catch is Reloader.Busy {
                try? await Task.sleep(for: .milliseconds(50))
            } catch {
                // The log has it; it takes a change of the file to mend it.
                return
            }
        }
    }
}
