import Foundation
import Testing

/// The files of docs/examples.
enum ExampleFile {
    static let folder =
        "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/") + "/docs/examples/"

    static func text(_ name: String) throws -> String {
        try String(contentsOfFile: folder + name, encoding: .utf8)
    }

    /// The command line of dhcrelay.service.
    static func relayCommand() throws -> [String] {
        let line = try text("dhcrelay.service").split(separator: "\n").first { $0.hasPrefix("ExecStart=") }
        return try #require(line).dropFirst("ExecStart=".count).split(separator: " ").map(String.init)
    }
}
