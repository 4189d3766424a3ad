import FoundationEssentials
import Logging
import Node

/// What the daemon takes from its environment, and where a flag says more, from the flag.
struct DaemonEnvironment {
    /// Nil for no metrics.
    let metricsAddress: MetricsAddress?
    /// Why there are no metrics although somebody asked for them; DHCP goes on without.
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
            throw OperatorError("NOTIFY_SOCKET names no socket (\(error)); unset it where no service manager sets it")
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
            throw OperatorError("COCOON_NET_LOG_LEVEL=\"\(name)\" is no log level; use debug, info, warn or error")
        }
    }
}

/// A sentence for the operator: what is wrong, and what to do.
struct OperatorError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
