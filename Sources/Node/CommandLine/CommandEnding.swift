import Glibc
import LinuxSystem

/// How the programs of this repository end.
package enum CommandEnding {
    /// Ends the program well, if what it printed has arrived.
    package static func succeed() -> Never {
        do {
            try StandardOutput.flush()
        } catch {
            fail("\(error); \(error.fileRemedy)")
        }
        Glibc.exit(0)
    }

    /// Ends the program with the exit code 1 and a message on standard error.
    /// - Parameter message: as ArgumentParser puts it, which begins some with "Error: ".
    package static func fail(_ message: String) -> Never {
        let text = message.hasPrefix("Error: ") ? message.dropFirst("Error: ".count) : message[...]
        StandardError.print("error: " + text)
        Glibc.exit(1)
    }
}
