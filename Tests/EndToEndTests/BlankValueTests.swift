import Foundation
import TestSupport
import Testing

/// Values that scripts pass when their variables are not set. Each option of each command, and each environment
/// variable, is tried with an empty value, a blank one and a zero. The value means what the documents say, or the error
/// names the option or variable.
@Suite(.needsSandbox, .endsWhenHung)
struct BlankValueTests {
    /// Options that take any text but a blank one: files, directories and names may be called 0.
    private static let names: Set<String> = [
        "--state-dir", "--lease-file", "--pid-file", "--cni-conf-dir", "--cni-bin-dir", "--control-socket",
        "--node-name",
        "--interface", "--bridge", "--security-group", "--picture",
    ]

    /// Whether a value means what the documents say.
    private static func isMeaningful(_ value: String, of option: String, _ command: [String]) -> Bool {
        switch value {
        // The test `nowhere` tries these.
        case "": command == ["daemon"] && ["--control-socket", "--metrics-addr"].contains(option)
        case "0": names.contains(option) || option == "--seed" || option == "--metrics-addr"
        // A bad metrics address does not stop DHCP, as StartConditionTests shows.
        case " ": option == "--metrics-addr"
        default: false
        }
    }

    /// What a program says of its commands and options (`--experimental-dump-help`).
    private struct Help: Decodable {
        let command: Command

        struct Command: Decodable {
            let commandName: String
            let subcommands: [Command]?
            let arguments: [Argument]?

            /// Each option, with the path of its command.
            func options(below path: [String] = []) -> [(path: [String], option: String)] {
                let own = (arguments ?? []).filter { $0.kind == "option" }.compactMap { $0.preferredName?.name }
                return own.map { (path, "--\($0)") }
                    + (subcommands ?? []).filter { $0.commandName != "help" }
                    .flatMap { $0.options(below: path + [$0.commandName]) }
            }
        }

        struct Argument: Decodable {
            let kind: String
            let preferredName: Name?
            struct Name: Decodable { let name: String }
        }
    }

    /// The other arguments that a command needs before it looks at the option.
    private static func rest(of command: [String], on host: TestHost) -> [String] {
        switch command.last {
        case "daemon": host.daemonArguments
        case "adopt", "init":
            ["--platform", "none", "--node-name", "n", "--subnet", "172.20.100.0/24", "--dry-run"]
        case "release", "reserve", "trace": ["02:00:00:00:00:01"]
        case "storm", "probe": ["--bridge", host.bridge]
        case "reflector", "forgetful": ["--interface", host.bridge]
        default: []
        }
    }

    @Test(
        "no option misreads an empty value, a blank one or a zero",
        arguments: ["", "-provision", "-storm"])
    func options(suffix: String) throws {
        let host = try TestHost()
        let program = Program.cocoonNet + suffix
        let help = try host.sandbox.run([program, "--experimental-dump-help"])
        let options = try JSONDecoder().decode(Help.self, from: Data(help.utf8)).command.options()
        #expect(options.count > 5)
        for (command, option) in options {
            for value in ["", " ", "0"] {
                guard !Self.isMeaningful(value, of: option, command) else { continue }
                let process = try host.sandbox.start(
                    [program] + command + Self.rest(of: command, on: host) + [option, value])
                let ending = try process.wait()
                let firstLine = process.output.prefix { $0 != "\n" }
                #expect(
                    ending == .exit(1) && firstLine.contains(option),
                    "\(command + [option, value]): \(ending) \(process.output)")
            }
        }
    }

    @Test("an empty flag or variable turns the control socket or the metrics off", arguments: [true, false])
    func nowhere(isFlag: Bool) throws {
        let host = try TestHost()
        let inbox = try NotificationInbox(in: host.sandbox)
        let names = ["--control-socket": "COCOON_NET_CONTROL_SOCKET", "--metrics-addr": "COCOON_NET_METRICS_ADDR"]
        let flags = names.keys.flatMap { [$0, ""] }
        let variables = Dictionary(uniqueKeysWithValues: names.values.map { ($0, "") })
        let daemon = try host.sandbox.start(
            [Program.cocoonNet, "daemon"] + host.daemonArguments.prefix(6) + (isFlag ? flags : []),
            environment: ["NOTIFY_SOCKET": inbox.name, "COCOON_NET_LOG_LEVEL": ""].merging(isFlag ? [:] : variables) {
                $1
            })
        try #require((try? inbox.next("READY=1")) != nil, "\(daemon.output)")
        #expect(try host.machine().client().lease().address != host.gateway)
        // There is no unix socket, with a path or an abstract name, and no TCP port.
        let sockets = try host.sandbox.run(["ss", "-Hlntx"])
        #expect(!sockets.contains("LISTEN"), "\(sockets)")
        #expect(try daemon.stop() == .exit(0), "\(daemon.output)")
    }

    @Test(
        "a variable that is blank or a zero is refused, and the error names it",
        arguments: [
            ("COCOON_NET_CONTROL_SOCKET", " "), ("COCOON_NET_LOG_LEVEL", " "), ("COCOON_NET_LOG_LEVEL", "0"),
            ("NOTIFY_SOCKET", " "), ("NOTIFY_SOCKET", "0"),
        ])
    func variable(name: String, value: String) throws {
        let host = try TestHost()
        let daemon = try host.sandbox.start(
            [Program.cocoonNet, "daemon"] + host.daemonArguments.prefix(6), environment: [name: value])
        #expect(try daemon.wait() == .exit(1))
        #expect(daemon.output.prefix { $0 != "\n" }.contains(name), "\(daemon.output)")
    }

    @Test("a command that knows no control socket says how to name one", arguments: ["", " "])
    func client(socket: String) throws {
        let host = try TestHost()
        let command = try host.sandbox.start(
            [Program.cocoonNet, "leases"], environment: ["COCOON_NET_CONTROL_SOCKET": socket])
        #expect(try command.wait() == .exit(1))
        #expect(command.output.contains("COCOON_NET_CONTROL_SOCKET"), "\(command.output)")
    }
}
