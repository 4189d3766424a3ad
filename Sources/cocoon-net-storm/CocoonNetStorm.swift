import ArgumentParser
import Dispatch
import Glibc
import LinuxSystem
import Node

/// The load generator. `cocoon-net` passes `demo` and `storm` on to it, so users know it by that name. All errors end
/// it with exit code 1.
@main
struct CocoonNetStorm: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cocoon-net",
        abstract: "Simulate many VMs that ask this DHCP server, or any other, for addresses.",
        version: "cocoon-net-storm \(Version.current)",
        subcommands: [
            DemoCommand.self, StormCommand.self, ReflectorCommand.self, ForgetfulCommand.self, ProbeCommand.self,
        ])

    static func main() async {
        ProcessSetup.prepare()
        // Only a process with one thread can create a user namespace, and the first Swift task starts more threads. So
        // there must be no await before this.
        let command = commandOrExit()
        if command is DemoCommand { PrivateNamespaces.enterOrExit() }
        // If the reader of the output goes away, as `head` does, this program must still clean up before it ends.
        signal(SIGPIPE, SIG_IGN)
        await runOrExit(command)
        CommandEnding.succeed()
    }

    /// The requested command. Ends the program if the request is for help or is invalid.
    private static func commandOrExit() -> sending any AsyncParsableCommand {
        do {
            var command = try parseAsRoot()
            if let command = command as? any AsyncParsableCommand { return command }
            // A command that ArgumentParser carries out itself, such as help.
            try command.run()
            CommandEnding.succeed()
        } catch {
            let text = fullMessage(for: error)
            guard exitCode(for: error) == .success else { CommandEnding.fail(text) }
            print(text)
            CommandEnding.succeed()
        }
    }

    /// Runs a command to its end. A signal cancels it.
    private static func runOrExit(_ command: sending any AsyncParsableCommand) async {
        let task = Task {
            var command = command
            try await command.run()
        }
        let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            // By default the signal would end the process before the handler runs. Child processes get the default
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

    /// Prints each sentence as an error and ends the program with exit code 1.
    static func fail(_ sentences: [String]) -> Never {
        for sentence in sentences { StandardError.print("error: " + sentence) }
        Glibc.exit(1)
    }
}

/// The failure of a command that ran and found a problem.
struct CommandFailure: Error {
    let sentences: [String]

    init(_ sentences: [String]) { self.sentences = sentences }
    init(_ sentence: String) { self.init([sentence]) }
}
