import CTestSupport
import Glibc
import LinuxSystem
import SystemPackage

/// The namespaces of a sandbox that a thread may enter.
package struct Namespaces: OptionSet, Sendable {
    package let rawValue: CInt
    package init(rawValue: CInt) { self.rawValue = rawValue }

    package static let network = Namespaces(rawValue: CInt(CTestSupport_CLONE_NEWNET))
    package static let mount = Namespaces(rawValue: CInt(CTestSupport_CLONE_NEWNS))
    /// Applies to the children of the thread, not to the thread itself.
    package static let process = Namespaces(rawValue: CInt(CTestSupport_CLONE_NEWPID))
    package static let all: Namespaces = [.network, .mount, .process]

    /// The names below `/proc/PID/ns`. Mount comes last, because `/proc` is a different one after it.
    fileprivate var names: [String] {
        let names: [(namespace: Namespaces, name: String)] = [(.network, "net"), (.process, "pid"), (.mount, "mnt")]
        return names.filter { contains($0.namespace) }.map(\.name)
    }
}

/// Runs `body` on a new thread and waits for it.
///
/// A thread that has entered a namespace must never return to a pool: whatever runs there next would be in the wrong
/// network.
func onThreadOfItsOwn<Value>(_ body: () throws -> Value) throws -> Value {
    var result: Result<Value, any Error>?
    let work = { result = Result(catching: body) }
    try withoutActuallyEscaping(work) { work in
        // SAFETY: the thread takes over the retained job and releases it; the join outlives both.
        let job = unsafe Unmanaged.passRetained(ThreadJob(work)).toOpaque()
        var thread = pthread_t()
        let code = unsafe pthread_create(&thread, nil, runThreadJob, job)
        guard code == 0 else { throw SystemError(operation: "pthread_create", code: Errno(rawValue: code)) }
        pthread_join(thread, nil)
    }
    guard let result else { preconditionFailure("the thread ended without its work") }
    return try result.get()
}

/// Moves the calling thread into namespaces of process `processID`. The thread first stops sharing its root and working
/// directory with other threads; otherwise the kernel refuses it a mount namespace.
func enter(_ namespaces: Namespaces, of processID: pid_t) throws {
    let descriptors = try namespaces.names.map { try FileHandle(opening: "/proc/\(processID)/ns/\($0)", O_RDONLY) }
    try check("unshare", unshare(CInt(CTestSupport_CLONE_FS)))
    for descriptor in descriptors { try check("setns", setns(descriptor.rawValue, 0)) }
}

/// A closure on its way to another thread.
private final class ThreadJob {
    let work: () -> Void
    init(_ work: @escaping () -> Void) { self.work = work }
}

private func runThreadJob(_ job: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    // SAFETY: the pointer is the job that onThreadOfItsOwn retained for this thread.
    if let job = unsafe job { unsafe Unmanaged<ThreadJob>.fromOpaque(job).takeRetainedValue().work() }
    return nil
}
