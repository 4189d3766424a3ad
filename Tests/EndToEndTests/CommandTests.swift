import Foundation
import TestSupport
import Testing

/// What commands say, whatever they are asked.
@Suite(.needsSandbox, .endsWhenHung)
struct CommandTests {
    @Test("the help of adopt and of init names only flags that they have", arguments: ["adopt", "init"])
    func help(command: String) throws {
        let sandbox = try Sandbox("commands")
        let help = try sandbox.run([Program.cocoonNet, command, "--help"])
        let flags = Set(help.split { !($0.isLetter || $0 == "-") }.filter { $0.hasPrefix("--") && $0.count > 2 })
        let own = Set(
            help.split(separator: "\n").filter { $0.hasPrefix("  --") || $0.hasPrefix("  -h, --") }
                .flatMap { $0.split { " ,<".contains($0) } }.filter { $0.hasPrefix("--") })
        #expect(flags.subtracting(own) == [], "\(help)")
    }
}
