import LinuxSystem
import Logging
import ServiceLifecycle

/// Keeps the iptables rules. A tool that fails or hangs holds up nothing else, and is tried again after a delay, without a
/// limit.
struct RuleService: Service {
    let keeper: NodeKeeper
    let log: Logger

    func run() async throws {
        let watcher = try KernelWatcher.rules(log: log)
        defer { watcher.stop() }
        var retry = Retry()
        for await _ in watcher.changes.cancelOnGracefulShutdown() {
            do {
                let pause = try await keeper.keepRules()
                if retry.recordSuccess() { log.notice("the iptables rules are set up again") }
                watcher.look(afterMilliseconds: pause)
            } catch {
                let advice = retry.recordFailure("\(error)", now: .now())
                if advice.isNews {
                    log.error(
                        "cannot keep the iptables rules, so VMs may be cut off; trying again",
                        metadata: ["error": "\(error)"])
                }
                watcher.look(afterMilliseconds: advice.delayMilliseconds)
            }
        }
    }
}
