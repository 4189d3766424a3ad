import Glibc
import SystemPackage
import Testing

@testable import LinuxSystem

@Suite("system error")
struct SystemErrorTests {
    @Test("it says what was attempted, what the kernel said and what to do")
    func description() {
        let error = SystemError(operation: "socket", code: .notPermitted, context: "receive ring on cni0")
        #expect(
            error.description
                == "receive ring on cni0: socket: Operation not permitted; run as root, or with the "
                + "capabilities CAP_NET_RAW, CAP_NET_ADMIN and CAP_NET_BIND_SERVICE")
    }

    @Test("an error without a usual cause says just what happened")
    func plainDescription() {
        #expect(SystemError(operation: "poll", code: .invalidArgument).description == "poll: Invalid argument")
    }

    @Test("a failing call is reported under its own name")
    func failingCall() {
        #expect(throws: SystemError(operation: "read", code: .badFileDescriptor)) { try SystemCall.readWord(-1) }
    }

    @Test("an interrupted call is made again")
    func interrupted() throws {
        var callCount = 0
        let result = try SystemCall.check("read") {
            callCount += 1
            errno = EINTR
            return callCount < 3 ? -1 : 7
        }
        #expect(result == 7)
        #expect(callCount == 3)
    }
}
