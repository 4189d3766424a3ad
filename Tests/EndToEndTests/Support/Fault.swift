import Glibc
import TestSupport
import Testing

/// A way in which the kernel can fail the daemon's disk, as strace injects it.
struct Fault: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let injections: [String]

    static let all = [
        Fault(testDescription: "no space for a write", injections: ["pwritev2:error=ENOSPC"]),
        Fault(testDescription: "an input/output error of a write", injections: ["pwritev2:error=EIO"]),
        Fault(
            testDescription: "one bad write, and every sync of a new file fails",
            injections: ["pwritev2:error=EIO:when=1", "fsync:error=EIO"]),
    ]

    static let slowDisk = Fault(
        testDescription: "a disk that takes a fifth of a second for each write",
        injections: ["pwritev2:delay_exit=200000"])

    /// Lets the fault strike a running daemon until the returned program ends.
    func strike(_ host: TestHost) throws -> ChildProcess {
        let pid = (host.sandbox.read(TestHost.pidFile) ?? "").filter(\.isNumber)
        let strace = try host.sandbox.start(
            ["strace", "-f", "-p", pid, "-o", "/dev/null", "-e", "trace=pwritev2,fsync"]
                + injections.flatMap { ["-e", "inject=\($0)"] })
        guard eventually({ strace.output.contains("attached") }) else {
            throw CommandError(arguments: strace.arguments, problem: "does not attach", output: strace.output)
        }
        return strace
    }
}
