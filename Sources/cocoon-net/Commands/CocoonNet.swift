import ArgumentParser
import LinuxSystem
import Node

/// The `cocoon-net` command. It runs the daemon itself, and starts the other programs for the tool commands.
@main
struct CocoonNet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cocoon-net",
        abstract: "DHCP for the VMs of one host, with addresses that the cloud routes here.",
        version: "cocoon-net \(Version.current)",
        subcommands: [
            DaemonCommand.self, LeasesCommand.self, TraceCommand.self, EventsCommand.self, ReloadCommand.self,
            InitCommand.self, AdoptCommand.self, StatusCommand.self, DoctorCommand.self, TeardownCommand.self,
            StormCommand.self, DemoCommand.self, ReferenceCommand.self,
        ])

    /// Runs the command that the arguments name. Every failure, usage errors included, prints a message on stderr and
    /// exits with code 1.
    static func main() async {
        ProcessSetup.prepare()
        do {
            let arguments = GoFlags.respelled(CommandLine.arguments.dropFirst(), flags: ["--skip-iptables"])
            var command = try parseAsRoot(spellingOutHelp(arguments))
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .success else { CommandEnding.fail(fullMessage(for: error)) }
            print(fullMessage(for: error))
        }
        CommandEnding.succeed()
    }

    /// `help COMMAND` as `COMMAND --help`: the commands that other programs carry out have their help there.
    private static func spellingOutHelp(_ arguments: [String]) -> [String] {
        guard arguments.first == "help", arguments.count > 1 else { return arguments }
        return arguments.dropFirst() + ["--help"]
    }
}
