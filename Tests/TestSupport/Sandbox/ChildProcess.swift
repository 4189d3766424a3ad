import CTestSupport
package import Glibc
import LinuxSystem
import Synchronization
import SystemPackage

/// A program that runs in a sandbox. Its output goes to a file in memory, so that it never blocks on a reader.
package final class ChildProcess: Sendable {
    /// How a program ended.
    package enum Ending: Equatable, Sendable {
        case exit(CInt)
        case signal(CInt)
    }

    package let arguments: [String]
    /// Its process ID as this process sees it, outside the sandbox.
    package let processID: pid_t
    private let log: FileHandle
    /// Its sandbox, which must not end before it: a process namespace ends only after everything started in it is
    /// reaped.
    private let sandbox: Sandbox?
    private let ending = Mutex<Ending?>(nil)

    /// Starts a program in the namespaces of the calling thread.
    init(
        _ arguments: [String], environment: [String: String], input: FileHandle? = nil, sandbox: Sandbox? = nil
    ) throws {
        self.arguments = arguments
        self.sandbox = sandbox
        // SAFETY: the name is a literal.
        let descriptor = unsafe memfd_create("output", UInt32(CTestSupport_MFD_CLOEXEC))
        log = FileHandle(owning: try check("memfd_create", descriptor))
        let input = try input ?? FileHandle(opening: "/dev/null", O_RDONLY)
        processID = try spawn(arguments, environment: environment, input: input, output: log)
    }

    deinit {
        guard poll() == nil else { return }
        kill(processID, SIGKILL)
        waitpid(processID, nil, 0)
    }

    /// Everything printed so far, on both streams.
    package var output: String { String(decoding: (try? log.contents()) ?? [], as: UTF8.self) }

    package var isRunning: Bool { poll() == nil }

    package func send(_ signal: CInt) {
        ending.withLock { if $0 == nil { kill(processID, signal) } }
    }

    /// Waits for the program to end.
    /// - Throws: `CommandError` when the program still runs after `patience`; it is then killed.
    package func wait(within patience: Duration = .seconds(20)) throws -> Ending {
        if let ending = eventually(within: patience, every: .milliseconds(1), { self.poll() }) { return ending }
        send(SIGKILL)
        throw CommandError(arguments: arguments, problem: "still running after \(patience)", output: output)
    }

    /// Sends SIGTERM and waits for the program to end.
    @discardableResult
    package func stop(within patience: Duration = .seconds(20)) throws -> Ending {
        send(SIGTERM)
        return try wait(within: patience)
    }

    /// How the program ended; nil while it runs.
    private func poll() -> Ending? {
        ending.withLock { ending in
            if let ending { return ending }
            var status: CInt = 0
            // SAFETY: the status is a local variable.
            guard unsafe waitpid(processID, &status, WNOHANG) == processID else { return nil }
            let signal = status & 0x7f
            ending = signal == 0 ? .exit(status >> 8 & 0xff) : .signal(signal)
            return ending
        }
    }
}

/// Calls posix_spawn with the three standard streams set and all signals at their defaults.
private func spawn(
    _ arguments: [String], environment: [String: String], input: FileHandle, output: FileHandle
) throws -> pid_t {
    var signals = sigset_t()
    var attributes = posix_spawnattr_t()
    var processID: pid_t = 0
    let variables = environment.map { "\($0)=\($1)" }
    // SAFETY: every pointer is to a local variable or to C strings that live until the call returns; the file actions
    // and attributes are destroyed once.
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawnattr_init(&attributes)
    defer {
        unsafe posix_spawn_file_actions_destroy(&actions)
        unsafe posix_spawnattr_destroy(&attributes)
    }
    unsafe posix_spawn_file_actions_adddup2(&actions, input.rawValue, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output.rawValue, 1)
    unsafe posix_spawn_file_actions_adddup2(&actions, output.rawValue, 2)
    unsafe sigfillset(&signals)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe sigemptyset(&signals)
    unsafe posix_spawnattr_setsigmask(&attributes, &signals)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    let code = unsafe withCStrings(arguments) { arguments in
        unsafe withCStrings(variables) { environment in
            unsafe posix_spawnp(&processID, arguments[0]!, &actions, &attributes, arguments, environment)
        }
    }
    guard code == 0 else { throw SystemError(operation: "start \(arguments[0])", code: Errno(rawValue: code)) }
    return processID
}

/// Lends a null-terminated array of C strings.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    // SAFETY: strdup copies; the copies are freed after the body, which may not keep them.
    var copies: [UnsafeMutablePointer<CChar>?] = unsafe []
    for string in strings { unsafe copies.append(strdup(string)) }
    unsafe copies.append(nil)
    defer { unsafe copies.forEach { unsafe free($0) } }
    return unsafe copies.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
}
