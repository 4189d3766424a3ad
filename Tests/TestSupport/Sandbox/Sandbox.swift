import CTestSupport
package import Glibc

/// A machine for a test: network, mounts and processes that nobody outside sees.
///
/// Process 1 of the sandbox reads from a pipe whose other end only this process holds. When the sandbox is released, or
/// this process dies for any reason, the pipe closes and process 1 ends. The kernel then kills and removes everything
/// else: background programs, interfaces, mounts, files under `/run`.
package final class Sandbox: Sendable {
    package let name: String
    /// Process 1 of the sandbox, as this process sees it.
    package let processID: pid_t
    private let holder: ChildProcess
    private let lifeline: FileHandle

    package init(_ name: String) throws {
        self.name = name
        let (reader, writer) = try makePipe()
        lifeline = writer
        // Bash, unlike cat, reaps the orphans that a process 1 inherits.
        holder = try onThreadOfItsOwn {
            try makeNamespaces()
            return try ChildProcess(
                ["/bin/bash", "-c", "read -r _"], environment: standardEnvironment, input: reader)
        }
        processID = holder.processID
        try run(["mount", "-t", "proc", "proc", "/proc"])
        try run(["ip", "link", "set", "lo", "up"])
    }

    /// Runs `body` on a thread inside the sandbox's namespaces. Sockets that are made in its network belong to it.
    package func inside<Value>(_ namespaces: Namespaces = .network, _ body: () throws -> Value) throws -> Value {
        try onThreadOfItsOwn {
            try enter(namespaces, of: processID)
            return try body()
        }
    }

    /// Starts a program without waiting for it.
    package func start(
        _ arguments: [String], environment: [String: String] = [:], in namespaces: Namespaces = .all
    ) throws -> ChildProcess {
        try inside(namespaces) {
            try ChildProcess(
                arguments, environment: standardEnvironment.merging(environment) { _, ours in ours }, sandbox: self)
        }
    }

    /// Runs a program to its end.
    /// - Returns: what it printed.
    /// - Throws: `CommandError` unless it exits with 0 in time.
    @discardableResult
    package func run(
        _ arguments: [String], environment: [String: String] = [:], in namespaces: Namespaces = .all,
        within patience: Duration = .seconds(20)
    ) throws -> String {
        let process = try start(arguments, environment: environment, in: namespaces)
        let ending = try process.wait(within: patience)
        guard ending == .exit(0) else {
            throw CommandError(arguments: arguments, problem: "\(ending)", output: process.output)
        }
        return process.output
    }

    /// Runs a line of shell.
    @discardableResult
    package func shell(_ script: String, within patience: Duration = .seconds(20)) throws -> String {
        try run(["/bin/sh", "-e", "-c", script], within: patience)
    }

    /// The text of a file as programs in the sandbox see it; nil if it cannot be read.
    package func read(_ path: String) -> String? {
        guard let bytes = try? FileHandle(opening: outside(path), O_RDONLY).contents() else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes a file for programs in the sandbox. The directory must exist.
    package func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
        let descriptor = try inside(.mount) {
            // SAFETY: the path is a string that outlives the call.
            try check("open \(path)", unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode))
        }
        try FileHandle(owning: descriptor).write(Array(text.utf8))
    }

    /// The path by which this process reaches a file of the sandbox.
    private func outside(_ path: String) -> String { "/proc/\(processID)/root\(path)" }

    /// Copies a program to a directory that no AppArmor profile names. Debian confines some DHCP programs to their own
    /// files, and tests give them other files.
    package func unconfined(_ program: String) throws -> String {
        let copy = "/run/programs/" + (program.split(separator: "/").last ?? "")
        try run(["install", "-D", program, copy])
        return copy
    }
}

/// The environment of every program in a sandbox, whatever the environment of the tests is.
private let standardEnvironment = [
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/run",
]

/// Gives the calling thread new network, mount and process namespaces, with empty directories where programs keep
/// state.
private func makeNamespaces() throws {
    try check("unshare", unshare(Namespaces.all.rawValue))
    // SAFETY: all strings are literals, and there is no mount data.
    try check("mount /", unsafe mount(nil, "/", nil, UInt(MS_REC | MS_PRIVATE), nil))
    try check("mount /sys", unsafe mount("sysfs", "/sys", "sysfs", 0, nil))
    for folder in ["/run", "/var/lib", "/var/log", "/etc/cni"] where unsafe access(folder, F_OK) == 0 {
        try check("mount \(folder)", unsafe mount("tmpfs", folder, "tmpfs", 0, nil))
    }
}

private func makePipe() throws -> (reader: FileHandle, writer: FileHandle) {
    var ends: [CInt] = [0, 0]
    // SAFETY: the array has room for both descriptors.
    try check("pipe2", unsafe pipe2(&ends, O_CLOEXEC))
    return (FileHandle(owning: ends[0]), FileHandle(owning: ends[1]))
}
