internal import CNetlink
internal import Glibc

/// The system calls of a netlink socket, one function each. Interruptions by signals are repeated here and
/// nowhere else.
enum NetlinkSystem {
    /// An rtnetlink socket, closed on exec.
    static func openSocket(nonblocking: Bool) throws(ErrorNumber) -> FileDescriptor {
        let type =
            Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue)
            | (nonblocking ? Int32(SOCK_NONBLOCK.rawValue) : 0)
        return try FileDescriptor(owning: socket(AF_NETLINK, type, NETLINK_ROUTE))
    }

    /// Lets the kernel choose a port and returns it.
    static func bindToFreePort(_ socket: borrowing FileDescriptor) throws(ErrorNumber) -> UInt32 {
        var address = sockaddr_nl(nl_family: sa_family_t(AF_NETLINK), nl_pad: 0, nl_pid: 0, nl_groups: 0)
        var byteCount = socklen_t(MemoryLayout<sockaddr_nl>.size)
        let descriptor = socket.rawValue
        // SAFETY: `address` is a local of exactly `byteCount` bytes, which bounds both calls; it outlives
        // them.
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                let bound = unsafe bind(descriptor, pointer, byteCount)
                return bound == 0 ? unsafe getsockname(descriptor, pointer, &byteCount) : bound
            }
        }
        guard result == 0 else { throw .current }
        return address.nl_pid
    }

    /// Sets an option whose value is a plain struct or number.
    static func setOption<Value: BitwiseCopyable>(
        _ socket: borrowing FileDescriptor, _ level: Int32, _ option: Int32, _ value: Value
    ) throws(ErrorNumber) {
        var value = value
        // SAFETY: `value` is a local without references, the length is its own, and the kernel only reads it.
        let result = unsafe setsockopt(
            socket.rawValue, level, option, &value, socklen_t(MemoryLayout<Value>.size))
        guard result == 0 else { throw .current }
    }

    /// Gives the socket a large receive queue: as asked with the right to exceed the system's limit,
    /// otherwise up to that limit.
    static func setReceiveQueue(_ socket: borrowing FileDescriptor, byteCount: Int32) throws(ErrorNumber) {
        do {
            try setOption(socket, SOL_SOCKET, SO_RCVBUFFORCE, byteCount)
        } catch {
            try setOption(socket, SOL_SOCKET, SO_RCVBUF, byteCount)
        }
    }

    /// Attaches a classic BPF program that decides which messages are queued at all.
    static func attachFilter(
        _ socket: borrowing FileDescriptor, _ program: [sock_filter]
    ) throws(ErrorNumber) {
        var program = program
        let instructionCount = UInt16(program.count)
        let descriptor = socket.rawValue
        // SAFETY: the kernel copies `instructionCount` instructions during the call, while the array is
        // pinned.
        let result = unsafe program.withUnsafeMutableBufferPointer { instructions in
            var filter = unsafe sock_fprog(len: instructionCount, filter: instructions.baseAddress)
            return unsafe setsockopt(
                descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, socklen_t(MemoryLayout<sock_fprog>.size))
        }
        guard result == 0 else { throw .current }
    }

    /// Sends all of `bytes` to the kernel as one datagram. The kernel has acted on it when this returns.
    static func send(_ socket: borrowing FileDescriptor, _ bytes: Span<UInt8>) throws(ErrorNumber) {
        let descriptor = socket.rawValue
        while true {
            // SAFETY: the buffer is borrowed for the call only, and its count bounds what the kernel reads.
            let sent = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, 0)
            }
            if sent == bytes.count { return }
            let error = sent < 0 ? ErrorNumber.current : .messageTooLong
            guard error == .interrupted else { throw error }
        }
    }

    /// Receives one datagram and returns its size.
    /// - Parameter waits: whether to wait for one, up to the socket's timeout.
    /// - Throws: `.wouldBlock` if none came in time, `.noBufferSpace` if the queue overflowed,
    ///   `.messageTooLong` if it is longer than `buffer`.
    static func receive(
        _ socket: borrowing FileDescriptor, into buffer: inout [UInt8], waits: Bool = true
    ) throws(ErrorNumber) -> Int {
        let descriptor = socket.rawValue
        let flags = Int32(MSG_TRUNC) | (waits ? 0 : Int32(MSG_DONTWAIT))
        while true {
            // SAFETY: the buffer is borrowed for the call only, and its count bounds what the kernel writes.
            // MSG_TRUNC makes the result the datagram's real size, which is checked below.
            let received = unsafe buffer.withUnsafeMutableBytes {
                unsafe recv(descriptor, $0.baseAddress, $0.count, flags)
            }
            if received > buffer.count { throw .messageTooLong }
            if received >= 0 { return received }
            let error = ErrorNumber.current
            guard error == .interrupted else { throw error }
        }
    }
}
