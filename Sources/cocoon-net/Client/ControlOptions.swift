import Addresses
import ArgumentParser
import FoundationEssentials
import Node

/// The options of every command that talks to the daemon.
struct ControlOptions: ParsableArguments {
    @Option(help: "The daemon's control socket. Environment: COCOON_NET_CONTROL_SOCKET.")
    var controlSocket: String?

    @Option(help: "How to print: text, or the daemon's answer as json.")
    var output = OutputFormat.text

    var client: ControlClient {
        get throws {
            guard let socket = try ControlSocket(flag: controlSocket) else {
                throw OperatorError(
                    "cannot reach the daemon: the name of its control socket is empty; name one with --control-socket, "
                        + "or unset COCOON_NET_CONTROL_SOCKET")
            }
            return ControlClient(socket: socket.path)
        }
    }

    /// Prints an answer in the format that `--output` selects.
    func show(_ json: JSON, _ table: (JSON) -> String) {
        print(output == .json ? json.prettyText : table(json))
    }
}

extension OutputFormat: ExpressibleByArgument {}

/// A VM's MAC address on the command line.
struct ClientAddress: ExpressibleByArgument {
    let address: MACAddress

    init?(argument: String) {
        guard let address = MACAddress(argument) else { return nil }
        self.address = address
    }
}

extension JSON {
    /// The text of a member for a table cell. A missing member becomes a dash.
    func cell(_ key: String) -> String {
        switch self[key] {
        case .string(let text), .number(let text): text
        case .bool(let flag): flag ? "yes" : "no"
        default: "-"
        }
    }

    func list(_ key: String) -> [JSON] {
        guard case .array(let elements) = self[key] else { return [] }
        return elements
    }
}

/// Formats rows as a text table. Each column is as wide as its widest cell.
func table(_ header: [String], _ rows: [[String]]) -> String {
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    return ([header] + rows).map { row in
        let cells = zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
        return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
}
