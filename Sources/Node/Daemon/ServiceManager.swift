package import Glibc
package import LinuxSystem

/// The service manager that started this process, such as systemd, in the protocol of sd_notify(3). If there is none,
/// the methods do nothing.
package struct ServiceManager: Sendable {
    private let socket: DatagramSocket?
    /// How long the service manager waits for `alive()` before it restarts the daemon, in microseconds; nil without a
    /// watchdog.
    package let watchdogMicroseconds: UInt64?

    /// - Parameter environment: contains NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID if there is a service manager.
    /// - Throws: if NOTIFY_SOCKET names no socket, or if no socket can be opened.
    package init(environment: [String: String], processID: pid_t = getpid()) throws(SystemError) {
        guard let name = environment["NOTIFY_SOCKET"], !name.isEmpty else {
            socket = nil
            watchdogMicroseconds = nil
            return
        }
        socket = try DatagramSocket(to: name)
        // A watchdog for the parent process does not apply to this process.
        let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(processID)" } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { UInt64($0) } ?? 0
        watchdogMicroseconds = isOurs && microseconds > 0 ? microseconds : nil
    }

    /// Reports that the daemon answers clients: after the start and after each reload.
    package func ready(_ status: String) { notify("READY=1\nSTATUS=\(status)") }

    /// Reports that the daemon reloads its configuration; `ready` reports the end of the reload.
    package func reloading() { notify("RELOADING=1\nMONOTONIC_USEC=\(MonotonicTime.microseconds)") }

    /// Reports that the daemon is stopping.
    package func stopping() { notify("STOPPING=1\nSTATUS=stopping") }

    /// Sets the status line of `systemctl status`.
    package func status(_ text: String) { notify("STATUS=\(text)") }

    /// Reports that the daemon is alive. Call it again before the watchdog's time is over.
    package func alive() { notify("WATCHDOG=1") }

    /// Ignores errors: the daemon serves clients even if the service manager does not listen.
    private func notify(_ state: String) { try? socket?.send(state) }
}
