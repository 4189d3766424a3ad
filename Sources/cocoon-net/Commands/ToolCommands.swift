import ArgumentParser
import LinuxSystem
import Node

/// A command that another executable in the same directory carries out. This keeps the code of the tools out of the
/// long-running daemon process.
protocol ToolCommand: ParsableCommand {
    /// The executable's name.
    static var tool: String { get }
    /// Everything after the command's name on the command line.
    var arguments: [String] { get }
}

extension ToolCommand {
    /// Replaces this process with the tool and passes the same arguments.
    func run() throws {
        let name = Self.configuration.commandName ?? Self._commandName
        let directory = Files.parent(of: try ProcessImage.path)
        do {
            try ProcessImage.replace(with: directory + "/" + Self.tool, arguments: [Self.tool, name] + arguments)
        } catch {
            throw ToolError(command: name, reason: error)
        }
    }
}

/// The tool's executable could not be started.
struct ToolError: Error, CustomStringConvertible {
    let command: String
    let reason: SystemError

    var description: String {
        "cannot start the program that runs cocoon-net \(command): "
            + "\(reason.path ?? reason.operation): \(reason.reason); "
            + "install it in the same directory as cocoon-net"
    }
}

struct InitCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Claim addresses from the cloud and prepare this node.")
    static let tool = "cocoon-net-provision"
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

struct AdoptCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt", abstract: "Take over addresses that already belong to this node, and prepare it.")
    static let tool = "cocoon-net-provision"
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

struct StatusCommand: ToolCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Show this node's pool.")
    static let tool = "cocoon-net-provision"
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

struct DoctorCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check this node and its cloud, and say how to fix what is wrong.")
    static let tool = "cocoon-net-provision"
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

struct TeardownCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "teardown", abstract: "Undo what init or adopt did.")
    static let tool = "cocoon-net-provision"
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

struct StormCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm", abstract: "Load a DHCP server with simulated VMs and measure it.")
    static let tool = "cocoon-net-storm"
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}

struct DemoCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Boot 1,000 simulated VMs at once against a daemon in its own namespaces.")
    static let tool = "cocoon-net-storm"
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []
}
