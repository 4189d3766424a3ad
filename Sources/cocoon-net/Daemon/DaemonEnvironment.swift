import FoundationEssentials
import Logging
import Node

/// The settings that the daemon takes from environment variables. A flag wins over its variable.
struct DaemonEnvironment {
    /// Nil if no metrics are served.
    let metricsAddress: MetricsAddress?
    /// Why no metrics are served although an address was given. DHCP works without them.
    let metricsProblem: String?
    /// Nil for none.
    let controlSocket: ControlSocket?
    let logLevel: Logger.Level
    let serviceManager: ServiceManager
    private let journalStream: String?

    init(_ command: DaemonCommand) throws {
        let variables = ProcessInfo.processInfo.environment
        let metrics = ChosenText(
            "--metrics-addr", command.metricsAddr, variable: "COCOON_NET_METRICS_ADDR", default: ":9092")
        do {
            metricsAddress = metrics.text.isEmpty ? nil : try MetricsAddress(metrics.text, from: metrics.source)
            metricsProblem = nil
        } catch {
            (metricsAddress, metricsProblem) = (nil, "\(error)")
        }
        journalStream = variables["JOURNAL_STREAM"]
        controlSocket = try ControlSocket(flag: command.controlSocket)
        logLevel = try Self.logLevel(variables["COCOON_NET_LOG_LEVEL"] ?? "")
        do {
            serviceManager = try ServiceManager(environment: variables)
        } catch {
            throw OperatorError(
                "cannot use NOTIFY_SOCKET as a socket (\(error)); unset it if no service manager starts the daemon")
        }
    }

    func makeLogger() -> Logger {
        var log = Logger(label: "cocoon-net") { [journalStream] _ in OperatorLog(journalStream: journalStream) }
        log.logLevel = logLevel
        return log
    }

    private static func logLevel(_ name: String) throws -> Logger.Level {
        switch name {
        case "debug": return .debug
        case "info", "": return .info
        case "warn": return .warning
        case "error": return .error
        default:
            throw OperatorError("COCOON_NET_LOG_LEVEL=\"\(name)\" is not a log level; use debug, info, warn or error")
        }
    }
}

/// An error message for the operator: what is wrong, and what to do.
struct OperatorError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
