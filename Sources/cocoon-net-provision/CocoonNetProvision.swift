import ArgumentParser
import Glibc
import LinuxSystem
import Node

/// The one-shot commands. `cocoon-net` runs this tool for them, so users know them under that name.
@main
struct CocoonNetProvision: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cocoon-net",
        abstract: "Prepare a node for VMs that get their addresses by DHCP, and undo that.",
        version: "cocoon-net-provision \(Version.current)",
        subcommands: [
            AdoptCommand.self, InitCommand.self, StatusCommand.self, DoctorCommand.self, TeardownCommand.self,
        ])

    private static let goFlags = ["--dry-run", "--drop-internal-access", "--manage-iptables"]

    /// Runs the command of the command line. Every error, including one in the options, ends with exit code 1.
    static func main() async {
        ProcessSetup.prepare()
        // A program that we run may exit without reading its input.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot(GoFlags.respelled(CommandLine.arguments.dropFirst(), flags: goFlags))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error where exitCode(for: error) == .success {
            // Help was requested.
            print(fullMessage(for: error))
        } catch {
            CommandEnding.fail(fullMessage(for: error))
        }
        CommandEnding.succeed()
    }
}
