import ArgumentParser
import Glibc
import Node

/// The one-shot commands that `cocoon-net` hands on to this tool: they are known to users by that name.
@main
struct CocoonNetProvision: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cocoon-net",
        abstract: "Prepare a node for VMs that get their addresses by DHCP, and take it back.",
        subcommands: [AdoptCommand.self, InitCommand.self, StatusCommand.self, TeardownCommand.self])

    /// Runs the command of the command line. Every error, also one in the options, ends with exit code 1.
    static func main() async {
        do {
            var command = try parseAsRoot(spelledAsFlags(Array(CommandLine.arguments.dropFirst())))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error where exitCode(for: error) == .success {
            // Help was asked for.
            print(fullMessage(for: error))
        } catch {
            let message = fullMessage(for: error)
            let text = message.hasPrefix("Error: ") ? message.dropFirst("Error: ".count) : message[...]
            StandardError.print("error: " + text)
            Glibc.exit(1)
        }
    }

    /// The Go program also takes `--dry-run=true` and `=false`, and operators' scripts may say so.
    static func spelledAsFlags(_ arguments: [String]) -> [String] {
        let flags = ["--dry-run", "--drop-internal-access", "--manage-iptables"]
        return arguments.compactMap { argument in
            guard let flag = flags.first(where: { argument.hasPrefix($0 + "=") }) else { return argument }
            switch argument.dropFirst(flag.count + 1) {
            case "true", "1", "t", "T", "TRUE", "True": return flag
            case "false", "0", "f", "F", "FALSE", "False": return nil
            default: return argument
            }
        }
    }
}
