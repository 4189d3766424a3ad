import Addresses
import ArgumentParser
import FoundationEssentials
import Node

/// What all commands that ask the daemon have in common.
struct ControlOptions: ParsableArguments {
    enum Output: String, ExpressibleByArgument, CaseIterable { case table, json }

    @Option(help: "The daemon's control socket. Environment: COCOON_NET_CONTROL_SOCKET.")
    var controlSocket: String?

    @Option(help: "A table for people, or the daemon's own words in JSON.")
    var output = Output.table

    var client: ControlClient {
        get throws {
            guard let socket = try ControlSocket(flag: controlSocket) else {
                throw OperatorError(
                    "no control socket is named, and so no daemon can be asked; name it with --control-socket, or unset "
                        + "COCOON_NET_CONTROL_SOCKET where that is empty")
            }
            return ControlClient(socket: socket.path)
        }
    }

    /// Prints an answer as the operator wants it.
    func show(_ json: JSON, _ table: (JSON) -> String) {
        print(output == .json ? json.prettyText : table(json))
    }
}

/// A client's hardware address on the command line.
struct ClientAddress: ExpressibleByArgument {
    let address: MACAddress

    init?(argument: String) {
        guard let address = MACAddress(argument) else { return nil }
        self.address = address
    }
}

extension JSON {
    /// The text of a member for a table; a dash where there is none.
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

/// Columns as wide as their widest cell.
func table(_ header: [String], _ rows: [[String]]) -> String {
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    return ([header] + rows).map { row in
        let cells = zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
        return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
}
