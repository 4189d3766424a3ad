package import Glibc
package import LinuxSystem

/// The service manager that started this process, such as systemd, as sd_notify(3) talks to it. Where there is none,
/// nothing is said.
package struct ServiceManager: Sendable {
    private let socket: DatagramSocket?
    /// How long it waits for `alive()` before it starts the daemon anew; nil when it does not.
    package let watchdogMicroseconds: UInt64?

    /// - Parameter environment: with NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, where there is a manager.
    /// - Throws: when NOTIFY_SOCKET names no socket, or none can be opened.
    package init(environment: [String: String], processID: pid_t = getpid()) throws(SystemError) {
        guard let name = environment["NOTIFY_SOCKET"], !name.isEmpty else {
            socket = nil
            watchdogMicroseconds = nil
            return
        }
        socket = try DatagramSocket(to: name)
        // A parent's watchdog is not ours.
        let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(processID)" } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { UInt64($0) } ?? 0
        watchdogMicroseconds = isOurs && microseconds > 0 ? microseconds : nil
    }

    /// Clients are answered: at the start, and when a reload is over.
    package func ready(_ status: String) { tell("READY=1\nSTATUS=\(status)") }

    /// The configuration is being read again; `ready` says when that is over.
    package func reloading() { tell("RELOADING=1\nMONOTONIC_USEC=\(MonotonicTime.microseconds)") }

    /// The daemon is on its way out.
    package func stopping() { tell("STOPPING=1\nSTATUS=stopping") }

    /// One line for `systemctl status`.
    package func status(_ text: String) { tell("STATUS=\(text)") }

    /// The daemon does its work: to be said again before the watchdog's time is over.
    package func alive() { tell("WATCHDOG=1") }

    /// A manager that does not listen is not the daemon's trouble: clients are served all the same.
    private func tell(_ state: String) { try? socket?.send(state) }
}
