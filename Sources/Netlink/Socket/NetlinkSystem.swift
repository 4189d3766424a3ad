internal import CNetlink
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The operations that a netlink socket has beyond those of other sockets.
enum NetlinkSystem {
    /// Opens a netlink socket that is closed on exec.
    static func openSocket(
        nonblocking: Bool, protocol: Int32 = NETLINK_ROUTE
    ) throws(SystemError) -> OwnedDescriptor {
        let type = nonblocking ? __socket_type(SOCK_RAW.rawValue | SOCK_NONBLOCK.rawValue) : SOCK_RAW
        return try SystemCall.socket(AF_NETLINK, type, protocol: `protocol`)
    }

    /// Binds the socket to a netlink port that the kernel chooses, and returns the port.
    static func bindToFreePort(_ socket: borrowing OwnedDescriptor) throws(SystemError) -> UInt32 {
        var address = sockaddr_nl(nl_family: sa_family_t(AF_NETLINK), nl_pad: 0, nl_pid: 0, nl_groups: 0)
        try SystemCall.bind(socket.rawValue, to: address)
        try SystemCall.getsockname(socket.rawValue, into: &address)
        return address.nl_pid
    }

    /// Enlarges the socket's receive queue: to the given size with the privilege to exceed the system's limit,
    /// otherwise at most to that limit.
    static func setReceiveQueue(_ socket: borrowing OwnedDescriptor, byteCount: Int32) throws(SystemError) {
        do {
            try SystemCall.setsockopt(socket.rawValue, SOL_SOCKET, SO_RCVBUFFORCE, byteCount)
        } catch {
            try SystemCall.setsockopt(socket.rawValue, SOL_SOCKET, SO_RCVBUF, byteCount)
        }
    }

    /// Sends all of `bytes` to the kernel as one datagram. The kernel has processed it when this returns.
    static func send(_ socket: borrowing OwnedDescriptor, _ bytes: Span<UInt8>) throws(SystemError) {
        guard try SystemCall.send(socket.rawValue, bytes) == bytes.count else {
            throw SystemError(operation: "send", code: .messageTooLong)
        }
    }

    /// Receives one datagram and returns its size.
    /// - Parameter waits: whether to wait for a datagram, up to the socket's timeout.
    /// - Throws: `.resourceTemporarilyUnavailable` if no datagram arrived in time, `.noBufferSpace` if the queue
    ///   overflowed, `.messageTooLong` if the datagram is longer than `buffer`.
    static func receive(
        _ socket: borrowing OwnedDescriptor, into buffer: inout [UInt8], waits: Bool = true
    ) throws(SystemError) -> Int {
        // With MSG_TRUNC, the result is the datagram's real size.
        let flags = Int32(MSG_TRUNC) | (waits ? 0 : Int32(MSG_DONTWAIT))
        var bytes = buffer.mutableSpan
        let received = try SystemCall.receive(socket.rawValue, into: &bytes, flags: flags)
        guard received <= buffer.count else { throw SystemError(operation: "recv", code: .messageTooLong) }
        return received
    }
}
