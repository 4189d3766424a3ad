import ArgumentParser
import Dispatch
import Glibc
import LinuxSystem
import Node

/// The load generator that `cocoon-net` hands `demo` and `storm` on to: users know it by that name. All
/// errors end it with exit code 1.
@main
struct CocoonNetStorm: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cocoon-net",
        abstract: "Play many VMs that want addresses, against this DHCP server or any other.",
        version: "cocoon-net-storm \(Version.current)",
        subcommands: [
            DemoCommand.self, StormCommand.self, ReflectorCommand.self, ForgetfulCommand.self, ProbeCommand.self,
        ])

    static func main() async {
        ProcessSetup.prepare()
        // A user namespace can be made only by a process of one thread, and the first Swift task starts more:
        // no await before this.
        let command = commandOrExit()
        if command is DemoCommand { PrivateNamespaces.enterOrExit() }
        // A reader that went away, such as `head`, must not end this program before it has cleaned up.
        signal(SIGPIPE, SIG_IGN)
        await runOrExit(command)
        CommandEnding.succeed()
    }

    /// The command that was asked for. Ends the program when that was help, or makes no sense.
    private static func commandOrExit() -> sending any AsyncParsableCommand {
        do {
            var command = try parseAsRoot()
            if let command = command as? any AsyncParsableCommand { return command }
            // What ArgumentParser answers by itself, such as help.
            try command.run()
            CommandEnding.succeed()
        } catch {
            let text = fullMessage(for: error)
            guard exitCode(for: error) == .success else { CommandEnding.fail(text) }
            print(text)
            CommandEnding.succeed()
        }
    }

    /// Runs a command to its end, which a signal brings about early.
    private static func runOrExit(_ command: sending any AsyncParsableCommand) async {
        let task = Task {
            var command = command
            try await command.run()
        }
        let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            // By default the signal would end the process before anybody is told. Children get the default
            // back.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { task.cancel() }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        do {
            try await task.value
        } catch let failure as CommandFailure {
            fail(failure.sentences)
        } catch is CancellationError {
            fail(["interrupted"])
        } catch {
            fail(["\(error)"])
        }
    }

    /// Ends the program with an error, said in these sentences.
    static func fail(_ sentences: [String]) -> Never {
        for sentence in sentences { StandardError.print("error: " + sentence) }
        Glibc.exit(1)
    }
}

/// A command that did its work and found something wrong.
struct CommandFailure: Error {
    let sentences: [String]

    init(_ sentences: [String]) { self.sentences = sentences }
    init(_ sentence: String) { self.init([sentence]) }
}
