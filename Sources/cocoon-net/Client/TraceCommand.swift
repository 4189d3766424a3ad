import ArgumentParser
import Glibc
import Node

/// `cocoon-net trace MAC`: shows why a VM has no address.
struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace", abstract: "Show the recent messages of one VM, the replies, and why it got no answer.")

    @Argument(help: "The VM's MAC address.") var mac: ClientAddress
    @OptionGroup var options: ControlOptions

    func run() async throws {
        let trace = try await options.client.send(.get, "/v1/leases/\(mac.address)/trace")
        options.show(trace) { trace in
            let rows = trace.list("exchanges")
            guard !rows.isEmpty else {
                return """
                    no recent message from \(mac.address): the VM sends none, or its frames do not reach the bridge.
                    Check inside the VM that its DHCP client runs, and run tcpdump on its bridge port.
                    """
            }
            return table(
                ["TIME", "µs", "EVENT", "IP", "XID", "REASON", "WHAT TO DO"],
                rows.map { row in ["time", "microseconds", "event", "ip", "xid", "reason", "remedy"].map(row.cell) })
        }
    }
}

/// `cocoon-net events`: prints each change of a lease as it happens.
struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Show each change of a lease as it happens, until interrupted.")

    @OptionGroup var options: ControlOptions

    func run() async throws {
        var rest: [UInt8] = []
        let status = try await options.client.send(.get, "/v1/events") { piece in
            rest += piece
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                show(Array(rest[..<end]))
                rest.removeFirst(end + 1)
            }
        }
        throw OperatorError(status == 200 ? "the daemon has stopped" : "the daemon answered \(status)")
    }

    private func show(_ line: [UInt8]) {
        let text = String(decoding: line, as: UTF8.self)
        guard options.output == .text, let event = try? JSON(parsing: line) else {
            Self.show(text)
            return
        }
        Self.show(["time", "event", "mac", "ip", "expiry", "count"].map(event.cell).joined(separator: "  "))
    }

    /// Prints a line and flushes it, so that it appears at once even in a pipe.
    private static func show(_ line: String) {
        print(line)
        fflush(nil)
    }
}

/// `cocoon-net reload`: makes the daemon read pool.json again.
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Make the daemon read the options and reservations of pool.json again.")

    @OptionGroup var options: ControlOptions

    func run() async throws {
        let change = try await options.client.send(.post, "/v1/reload")
        options.show(change) { change in
            let fields = change.list("changed").map { field in if case .string(let name) = field { name } else { "" } }
            return fields.isEmpty ? "nothing has changed" : "changed: " + fields.joined(separator: ", ")
        }
    }
}
