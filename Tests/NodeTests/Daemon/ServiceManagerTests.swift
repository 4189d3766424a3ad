import Glibc
import LinuxSystem
import TestSupport
import Testing

@testable import Node

@Suite("The service manager")
struct ServiceManagerTests {
    @Test("it receives each state in the format of sd_notify", arguments: [false, true])
    func states(isAbstract: Bool) throws {
        let directory = try TemporaryDirectory()
        let inbox = try Inbox(isAbstract ? "@cocoon-net-test-\(getpid())" : directory.path + "/notify")
        let manager = try ServiceManager(environment: ["NOTIFY_SOCKET": inbox.name])
        manager.ready("serving 3 addresses on cni0")
        #expect(inbox.next() == "READY=1\nSTATUS=serving 3 addresses on cni0")
        manager.alive()
        #expect(inbox.next() == "WATCHDOG=1")
        manager.status("well")
        #expect(inbox.next() == "STATUS=well")
        manager.stopping()
        #expect(inbox.next() == "STOPPING=1\nSTATUS=stopping")
        let before = MonotonicTime.microseconds
        manager.reloading()
        let stamp = try #require(inbox.next()).split(separator: "=").last.flatMap { UInt64($0) }
        #expect((before...MonotonicTime.microseconds).contains(try #require(stamp)))
    }

    @Test("it requests keep-alives only from the process that it names")
    func watchdog() throws {
        func wanted(_ variables: [String: String]) throws -> UInt64? {
            let environment = variables.merging(["NOTIFY_SOCKET": "/run/nobody"]) { $1 }
            return try ServiceManager(environment: environment, processID: 7).watchdogMicroseconds
        }
        #expect(try wanted([:]) == nil)
        #expect(try wanted(["WATCHDOG_USEC": "30000000"]) == 30_000_000)
        #expect(try wanted(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"]) == 30_000_000)
        #expect(try wanted(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"]) == nil)
        #expect(try wanted(["WATCHDOG_USEC": "0"]) == nil)
        #expect(try wanted(["WATCHDOG_USEC": "soon"]) == nil)
    }

    @Test(
        "if there is no service manager, or it does not listen, nothing happens",
        arguments: [[:], ["NOTIFY_SOCKET": "/run/none"]])
    func absent(environment: [String: String]) throws {
        let manager = try ServiceManager(environment: environment)
        manager.ready("well")
        #expect(manager.watchdogMicroseconds == nil)
    }

    @Test(
        "a name that no socket can have is refused",
        arguments: ["relative", "@", "/", "vsock:2:1", "/" + String(repeating: "x", count: 108)])
    func badName(name: String) {
        #expect(throws: SystemError.self) { try ServiceManager(environment: ["NOTIFY_SOCKET": name]) }
    }
}

/// A datagram socket like the one on which a service manager listens.
private final class Inbox {
    let name: String
    private let descriptor: CInt

    init(_ name: String) throws {
        self.name = name
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = name.hasPrefix("@") ? [0] + Array(name.utf8.dropFirst()) : Array(name.utf8)
        let length = socklen_t(2 + bytes.count)
        // SAFETY: the names of these tests are shorter than the path; the kernel reads the address during the call only.
        let result = unsafe withUnsafeMutableBytes(of: &address) { address in
            unsafe UnsafeMutableRawBufferPointer(rebasing: address[2...]).copyBytes(from: bytes)
            return unsafe bind(descriptor, address.baseAddress?.assumingMemoryBound(to: sockaddr.self), length)
        }
        try #require(result == 0)
    }

    deinit { close(descriptor) }

    /// The next message that was received, oldest first; nil if there is none.
    func next() -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        // SAFETY: the kernel writes at most the array's own bytes.
        let count = unsafe recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }
}
