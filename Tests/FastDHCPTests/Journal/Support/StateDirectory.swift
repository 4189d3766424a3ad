import CTestSupport
import Glibc
import LinuxSystem
import SystemPackage

@testable import FastDHCP

/// A directory for one test, removed when the test ends.
final class StateDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/journal-tests-XXXXXX".utf8CString)
        // SAFETY: the template ends with a zero; mkdtemp writes into it, and it is copied at once.
        path = try unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress, let made = unsafe mkdtemp(start) else {
                throw SystemError(operation: "mkdtemp", code: Errno(rawValue: errno))
            }
            return unsafe String(cString: made)
        }
    }

    deinit { try? LiveNetwork.shell("rm -rf '\(path)'") }

    var journalPath: String { path + "/leases.journal" }

    /// The bytes of a regular file; nil when there is none with that name.
    func bytes(_ name: String = "leases.journal") -> [UInt8]? {
        guard (try? SystemCall.fileStatus(at: path + "/" + name))?.isRegular == true else { return nil }
        return try? SystemCall.readFile(path + "/" + name)
    }

    var names: [String] { SystemCall.names(inDirectory: path).filter { !$0.hasPrefix(".") }.sorted() }

    func write(_ bytes: [UInt8], to name: String = "leases.journal") throws {
        let file = try SystemCall.open(
            path + "/" + name, .writeOnly, [.create, .truncate], permissions: .ownerReadWrite)
        guard try SystemCall.pwrite(file.rawValue, bytes.span, at: 0, isSynchronous: false) == bytes.count else {
            throw SystemError(operation: "write", code: .ioError)
        }
    }

    /// Runs the line of shell `mounts` in the directory `path`, and then `body`, on a thread with its own mounts.
    static func withMounts(_ mounts: String, in path: String, _ body: @escaping @Sendable () throws -> Void) throws {
        try onThreadOfItsOwn {
            // A thread that shares its root and working directory with others cannot have mounts of its own.
            try SystemCall.check("unshare") {
                unshare(CInt(CTestSupport_CLONE_FS) | CInt(CTestSupport_CLONE_NEWNS))
            }
            try LiveNetwork.shell("mount --make-rprivate /; cd '\(path)'; \(mounts)")
            try body()
        }
    }

    /// Runs `body` on a new thread to its end; namespaces that it enters end with it.
    private static func onThreadOfItsOwn(_ body: @escaping @Sendable () throws -> Void) throws {
        let outcome = Outcome(body)
        var thread = pthread_t()
        // SAFETY: the thread takes over the one reference that is retained for it here.
        let code = unsafe pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer = unsafe pointer else { return nil }
                unsafe Unmanaged<Outcome>.fromOpaque(pointer).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(outcome).toOpaque())
        guard code == 0 else { throw SystemError(operation: "pthread_create", code: Errno(rawValue: code)) }
        pthread_join(thread, nil)
        if let error = outcome.error { throw error }
    }

    private final class Outcome {
        private let body: () throws -> Void
        private(set) var error: (any Error)?

        init(_ body: @escaping () throws -> Void) { self.body = body }

        func run() {
            do { try body() } catch { self.error = error }
        }
    }
}
