import FoundationEssentials
import Glibc
import LinuxSystem
import Subprocess
import SystemPackage
import TestSupport
import Testing

@testable import Node

@Suite("The daemon's pid file")
struct DaemonPIDFileTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.path + "/run/cocoon-net.pid" }

    init() throws { directory = try TemporaryDirectory() }

    @Test("it holds this process's ID in decimal, and is removed when the daemon ends")
    func claimAndRemove() throws {
        let file = try DaemonPIDFile(claiming: path)
        #expect(try directory.read("run/cocoon-net.pid") == "\(getpid())\n")
        #expect(try directory.mode("run/cocoon-net.pid") == 0o644)
        #expect(try directory.names(in: "run") == ["cocoon-net.pid"])
        file.remove()
        #expect(try directory.names(in: "run").isEmpty)
    }

    @Test("a second daemon is refused while the first runs, and the error names the first")
    func second() throws {
        let first = try DaemonPIDFile(claiming: path)
        let error = #expect(throws: DaemonPIDFileError.self) { _ = try DaemonPIDFile(claiming: path) }
        #expect(error == .running(getpid(), path: path))
        #expect(error?.description.contains("process \(getpid()), \(path)") == true)
        #expect(try directory.names(in: "run") == ["cocoon-net.pid"])
        first.remove()
        try DaemonPIDFile(claiming: path).remove()
    }

    @Test(
        "the file of a dead daemon is replaced, whatever is in it",
        arguments: ["2147483647\n", "", "no number", "-1", "0", "99999999999999999999"])
    func stale(content: String) throws {
        try directory.write(content, to: "run/cocoon-net.pid")
        #expect(DaemonPIDFile.runningDaemon(at: path) == nil)
        let file = try DaemonPIDFile(claiming: path)
        #expect(try directory.read("run/cocoon-net.pid") == "\(getpid())\n")
        file.remove()
    }

    @Test("its own ID in the file is that of an earlier process, as in a container where IDs repeat")
    func ownID() throws {
        try directory.write("\(getpid())", to: "run/cocoon-net.pid")
        try DaemonPIDFile(claiming: path).remove()
    }

    @Test("a new daemon waits for one that is about to end")
    func ending() async throws {
        try directory.write("2147483647\n", to: "run/cocoon-net.pid")
        let (path, start) = (path, ContinuousClock.now)
        _ = try await Subprocess.run(
            .name("flock"), arguments: ["--no-fork", path, "sleep", "1"], input: .none, output: .discarded,
            error: .discarded
        ) { _ in
            // Wait until the other process has the lock.
            let isLocked = try eventually {
                guard let file = try OpenFile(ifPresent: path, .readOnly) else { return false }
                return try !file.tryLock()
            }
            #expect(isLocked)
            try DaemonPIDFile(claiming: path, patienceMilliseconds: 60_000).remove()
        }
        #expect(.now - start >= .seconds(1))
    }

    @Test("an ID that now belongs to another program is stale")
    func reusedID() async throws {
        try await whileRunning("sleeper") { pid in
            try directory.write("\(pid)", to: "run/cocoon-net.pid")
            #expect(DaemonPIDFile.runningDaemon(at: path) == nil)
            try DaemonPIDFile(claiming: path).remove()
        }
    }

    @Test("a daemon that only wrote its ID, as the Go program does, counts as long as it runs")
    func withoutLock() async throws {
        try await whileRunning("cocoon-net") { pid in
            try directory.write("\(pid)", to: "run/cocoon-net.pid")
            #expect(DaemonPIDFile.runningDaemon(at: path) == pid)
            #expect(throws: DaemonPIDFileError.running(pid, path: path)) { _ = try DaemonPIDFile(claiming: path) }
            #expect(try directory.read("run/cocoon-net.pid") == "\(pid)")
        }
    }

    @Test("a daemon whose executable an upgrade has replaced still counts")
    func replacedExecutable() async throws {
        try await whileRunning("cocoon-net") { pid in
            try Files.remove(directory.path + "/cocoon-net")
            try directory.write("\(pid)", to: "run/cocoon-net.pid")
            #expect(DaemonPIDFile.runningDaemon(at: path) == pid)
        }
    }

    @Test("the file of another daemon is not removed")
    func removesOnlyItsOwn() throws {
        let file = try DaemonPIDFile(claiming: path)
        try Files.remove(path)
        try directory.write("1\n", to: "run/cocoon-net.pid")
        file.remove()
        #expect(try directory.read("run/cocoon-net.pid") == "1\n")
    }

    @Test("a path that cannot be written is an error with the reason")
    func unwritable() throws {
        try directory.write("", to: "file")
        let error = #expect(throws: DaemonPIDFileError.self) {
            _ = try DaemonPIDFile(claiming: directory.path + "/file/cocoon-net.pid")
        }
        #expect(error?.description.contains("Not a directory") == true)
    }

    /// Runs a copy of sleep under another name while the body runs.
    private func whileRunning(_ name: String, _ body: (pid_t) throws -> Void) async throws {
        try FileManager.default.copyItem(atPath: "/bin/sleep", toPath: directory.path + "/" + name)
        _ = try await Subprocess.run(
            .name(name), arguments: ["600"], environment: .inherit.updating(["PATH": directory.path]),
            input: .none, output: .discarded, error: .discarded
        ) { execution in
            defer { try? execution.send(signal: .kill) }
            try body(execution.processIdentifier.value)
        }
    }
}
