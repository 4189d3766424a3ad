import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import LinuxSystem

@Suite("Files")
struct FilesTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("a reader that has the file open still reads the whole old one")
    func replaceIsAtomic() throws {
        try directory.write("old", to: "f")
        let reader = try OpenFile(directory.path + "/f", .readOnly)
        try Files.replace(directory.path + "/f", with: Array("new".utf8), mode: 0o600)
        #expect(try reader.readAll(limit: 10) == Array("old".utf8))
        #expect(try directory.read("f") == "new")
        #expect(try directory.mode("f") == 0o600)
    }

    @Test("a failed write leaves the old file, and no temporary one")
    func failedReplace() throws {
        try directory.write("kept", to: "d/f")
        #expect(throws: SystemError(operation: "rename", code: .isDirectory, path: directory.path + "/d")) {
            try Files.replace(directory.path + "/d", with: [], mode: 0o644)
        }
        #expect(try directory.names() == ["d"])
        #expect(try directory.read("d/f") == "kept")
    }

    @Test("a symbolic link in the place of the temporary file is not followed")
    func symbolicLink() throws {
        try directory.write("precious", to: "precious")
        // SAFETY: both strings end in a zero byte and outlive the call.
        #expect(unsafe symlink(directory.path + "/precious", directory.path + "/f.tmp") == 0)
        #expect(throws: SystemError.self) { try Files.replace(directory.path + "/f", with: [1], mode: 0o644) }
        #expect(try directory.read("precious") == "precious")
    }

    @Test("a file larger than the limit is not read")
    func limit() throws {
        try directory.write(String(repeating: "x", count: 100), to: "f")
        #expect(try Files.read(directory.path + "/f", limit: 100)?.count == 100)
        #expect(throws: SystemError(operation: "read", code: .fileTooLarge, path: directory.path + "/f")) {
            try Files.read(directory.path + "/f", limit: 99)
        }
    }

    @Test("a file is read with its modification time, or 0 if before 1970", arguments: [-5, 0, 1_900_000_000_123])
    func stamped(milliseconds: Int) throws {
        try directory.write("text", to: "f")
        let time = timespec(tv_sec: milliseconds / 1000, tv_nsec: max(milliseconds % 1000, 0) * 1_000_000)
        // SAFETY: utimensat reads two structures, which the array has; the path outlives the call.
        #expect(unsafe utimensat(AT_FDCWD, directory.path + "/f", [time, time], 0) == 0)
        let file = try #require(try Files.readStamped(directory.path + "/f", limit: 10))
        #expect(file.bytes == Array("text".utf8))
        #expect(file.modificationMilliseconds == UInt64(max(milliseconds, 0)))
        #expect(try Files.readStamped(directory.path + "/none", limit: 10)?.bytes == nil)
    }

    @Test("a file and its directory are synced; a missing file is no error, a missing directory is one")
    func synchronize() throws {
        try directory.write("text", to: "f")
        try Files.synchronize(directory.path + "/f")
        try Files.synchronize(directory.path + "/none")
        #expect(throws: SystemError(operation: "open", code: .noSuchFileOrDirectory, path: directory.path + "/gone")) {
            try Files.synchronize(directory.path + "/gone/f")
        }
    }

    @Test("a missing file reads as nil, and removing it is no error")
    func absent() throws {
        #expect(try Files.read(directory.path + "/none", limit: 1) == nil)
        #expect(try Files.remove(directory.path + "/none") == false)
        #expect(try Files.remove(directory.path + "/none/none") == false)
    }

    @Test("a directory is made with its missing parents")
    func makeDirectory() throws {
        try Files.makeDirectory(directory.path + "/a/b/c", mode: 0o700)
        try Files.makeDirectory(directory.path + "/a/b/c", mode: 0o755)
        #expect(try directory.mode("a/b/c") == 0o700)
    }

    @Test("a directory behind a symbolic link that leads nowhere is an error, not an endless search")
    func danglingLink() throws {
        // SAFETY: both strings end in a zero byte and outlive the call.
        #expect(unsafe symlink("nowhere", directory.path + "/link") == 0)
        #expect(throws: SystemError(operation: "mkdir", code: .noSuchFileOrDirectory, path: directory.path + "/link/a"))
        {
            try Files.makeDirectory(directory.path + "/link/a", mode: 0o755)
        }
        #expect(throws: SystemError(operation: "mkdir", code: .noSuchFileOrDirectory, path: "")) {
            try Files.makeDirectory("", mode: 0o755)
        }
    }

    @Test("an error says what was tried, on what, why it failed and what to do")
    func errorText() {
        let error = SystemError(operation: "open", code: .permissionDenied, path: "/etc/x")
        #expect(error.description == "open /etc/x: Permission denied; run it as root, with CAP_DAC_OVERRIDE")
    }

    @Test(
        "the parent of a path is what is before its last slash",
        arguments: [("/a/b", "/a"), ("/a", "/"), ("a/b", "a"), ("a", "."), ("/", "/")])
    func parent(path: String, parent: String) { #expect(Files.parent(of: path) == parent) }
}
