import Glibc
import LinuxSystem
import SystemPackage

/// A packet socket on one interface of a sandbox. It sends any bytes, and receives every frame in both directions.
package final class PacketSocket: Sendable {
    private let handle: FileHandle
    private let interfaceIndex: CInt

    /// Opens the socket. From now on, frames that arrive are kept until they are received, up to some thousand.
    package init(in sandbox: Sandbox, on interface: String) throws {
        (handle, interfaceIndex) = try sandbox.inside {
            // SAFETY: the name is a string that outlives the call.
            let index = CInt(bitPattern: unsafe if_nametoindex(interface))
            guard index > 0 else {
                throw SystemError(operation: "if_nametoindex \(interface)", code: Errno(rawValue: errno))
            }
            let type = CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
            return (FileHandle(owning: try check("socket", socket(AF_PACKET, type, 0))), index)
        }
        try setBufferSize(8 << 20)
        try bind()
        try becomePromiscuous()
    }

    /// Sends a frame as it is.
    package func send(_ frame: [UInt8]) throws {
        // SAFETY: the buffer is as long as the array that lends it.
        let count = unsafe frame.withUnsafeBytes { unsafe Glibc.send(handle.rawValue, $0.baseAddress, $0.count, 0) }
        try check("send", count)
    }

    /// The next frame; nil when none comes before the deadline. After the deadline, frames that have already arrived
    /// are still returned.
    package func receive(before deadline: ContinuousClock.Instant) throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            // SAFETY: the buffer is as long as the array that lends it.
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe recv(handle.rawValue, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT))
            }
            if count >= 0 { return Array(buffer[..<count]) }
            switch errno {
            case EAGAIN:
                let rest = deadline - .now
                guard rest > .zero else { return nil }
                var request = pollfd(fd: handle.rawValue, events: Int16(POLLIN), revents: 0)
                // SAFETY: one local structure.
                _ = unsafe poll(&request, 1, CInt(rest / .milliseconds(1)) + 1)
            case EINTR, ENETDOWN: continue  // The error of a link that went down is reported once.
            default: throw SystemError(operation: "recv", code: Errno(rawValue: errno))
            }
        }
    }

    /// Uses `SO_RCVBUFFORCE`, so that a burst fits whatever the machine's limit is.
    private func setBufferSize(_ byteCount: CInt) throws {
        var size = byteCount
        // SAFETY: the value is a local variable of the given size.
        try check("SO_RCVBUFFORCE", unsafe setsockopt(handle.rawValue, SOL_SOCKET, SO_RCVBUFFORCE, &size, 4))
    }

    /// Binds to the interface for all protocols: `struct sockaddr_ll`, 20 bytes.
    private func bind() throws {
        let everyProtocol: UInt16 = 3
        var address = UInt16(AF_PACKET).nativeBytes + everyProtocol.bigEndianBytes + interfaceIndex.nativeBytes
        address += [UInt8](repeating: 0, count: 12)
        // SAFETY: the kernel reads the 20 bytes that the array holds.
        let code = unsafe address.withUnsafeBytes {
            unsafe Glibc.bind(handle.rawValue, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, 20)
        }
        try check("bind", code)
    }

    /// Receives frames for any MAC address, because one interface plays many machines. `struct packet_mreq`, 16 bytes.
    private func becomePromiscuous() throws {
        let (packetLevel, addMembership, promiscuous): (CInt, CInt, UInt16) = (263, 1, 1)
        var request = interfaceIndex.nativeBytes + promiscuous.nativeBytes
        request += [UInt8](repeating: 0, count: 10)
        // SAFETY: the kernel reads the 16 bytes that the array holds.
        try check(
            "PACKET_ADD_MEMBERSHIP", unsafe setsockopt(handle.rawValue, packetLevel, addMembership, &request, 16))
    }
}
