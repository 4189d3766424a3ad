internal import CNetlink
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// What a netlink socket does beyond other sockets.
enum NetlinkSystem {
    /// An rtnetlink socket, closed on exec.
    static func openSocket(nonblocking: Bool) throws(SystemError) -> OwnedDescriptor {
        let type = nonblocking ? __socket_type(SOCK_RAW.rawValue | SOCK_NONBLOCK.rawValue) : SOCK_RAW
        return try SystemCall.socket(AF_NETLINK, type, protocol: NETLINK_ROUTE)
    }

    /// Lets the kernel choose a port and returns it.
    static func bindToFreePort(_ socket: borrowing OwnedDescriptor) throws(SystemError) -> UInt32 {
        var address = sockaddr_nl(nl_family: sa_family_t(AF_NETLINK), nl_pad: 0, nl_pid: 0, nl_groups: 0)
        try SystemCall.bind(socket.rawValue, to: address)
        try SystemCall.getsockname(socket.rawValue, into: &address)
        return address.nl_pid
    }

    /// Gives the socket a large receive queue: as asked with the right to exceed the system's limit,
    /// otherwise up to that limit.
    static func setReceiveQueue(_ socket: borrowing OwnedDescriptor, byteCount: Int32) throws(SystemError) {
        do {
            try SystemCall.setsockopt(socket.rawValue, SOL_SOCKET, SO_RCVBUFFORCE, byteCount)
        } catch {
            try SystemCall.setsockopt(socket.rawValue, SOL_SOCKET, SO_RCVBUF, byteCount)
        }
    }

    /// Sends all of `bytes` to the kernel as one datagram. The kernel has acted on it when this returns.
    static func send(_ socket: borrowing OwnedDescriptor, _ bytes: Span<UInt8>) throws(SystemError) {
        guard try SystemCall.send(socket.rawValue, bytes) == bytes.count else {
            throw SystemError(operation: "send", code: .messageTooLong)
        }
    }

    /// Receives one datagram and returns its size.
    /// - Parameter waits: whether to wait for one, up to the socket's timeout.
    /// - Throws: `.resourceTemporarilyUnavailable` if none came in time, `.noBufferSpace` if the queue overflowed,
    ///   `.messageTooLong` if it is longer than `buffer`.
    static func receive(
        _ socket: borrowing OwnedDescriptor, into buffer: inout [UInt8], waits: Bool = true
    ) throws(SystemError) -> Int {
        // MSG_TRUNC makes the result the datagram's real size.
        let flags = Int32(MSG_TRUNC) | (waits ? 0 : Int32(MSG_DONTWAIT))
        var bytes = buffer.mutableSpan
        let received = try SystemCall.receive(socket.rawValue, into: &bytes, flags: flags)
        guard received <= buffer.count else { throw SystemError(operation: "recv", code: .messageTooLong) }
        return received
    }
}
