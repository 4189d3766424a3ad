import Glibc
package import Netlink

/// What tests against the running kernel need: the right to make namespaces, and iproute2 as a second
/// opinion.
package enum LiveKernel {
    /// Whether this process may make network namespaces. In CI this is always true, so that tests fail there instead of
    /// being skipped.
    package static let isAvailable: Bool = {
        // SAFETY: the variable's name is a constant; nobody changes the environment, so the text stays where
        // it is.
        if let isCI = unsafe getenv("CI"), unsafe String(cString: isCI) == "true" { return true }
        do throws(NetlinkError) {
            _ = try NetworkNamespace.create()
            return true
        } catch {
            return false
        }
    }()

    /// Why a test was skipped.
    package static let requirement = "needs root, or a user namespace, to make network namespaces"

    package struct CommandFailed: Error {
        package let command: String
        package let output: String
    }

    /// Runs a shell command in the namespaces of the calling thread and returns what it prints.
    package static func run(_ command: String) throws(CommandFailed) -> String {
        // SAFETY: both texts are constants for the call; null is checked before use.
        guard let pipe = unsafe popen("\(command) 2>&1", "re") else {
            throw CommandFailed(command: command, output: "cannot start it")
        }
        var output: [UInt8] = []
        // SAFETY: an open pipe, closed once below.
        while case let byte = unsafe fgetc(pipe), byte >= 0 { output.append(UInt8(truncatingIfNeeded: byte)) }
        let status = unsafe pclose(pipe)
        let text = String(decoding: output, as: UTF8.self)
        guard status == 0 else { throw CommandFailed(command: command, output: text) }
        return text
    }
}

extension NetworkNamespace {
    /// Runs a shell command inside and returns what it prints.
    @discardableResult
    package func run(_ command: String) throws(LiveKernel.CommandFailed) -> String {
        try perform { () throws(LiveKernel.CommandFailed) in try LiveKernel.run(command) }
    }
}
