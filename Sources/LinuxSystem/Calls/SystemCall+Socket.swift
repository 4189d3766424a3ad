import CLinuxSystem
package import Glibc

// MARK: Sockets

extension SystemCall {
    /// Opens a socket that is closed on exec. The type and the protocol are the kernel's numbers. A packet protocol is
    /// big-endian.
    package static func socket(
        _ domain: Int32, _ type: __socket_type, protocol number: Int32 = 0
    ) throws(SystemError) -> OwnedDescriptor {
        let flags = Int32(bitPattern: type.rawValue | SOCK_CLOEXEC.rawValue)
        return OwnedDescriptor(try check("socket") { Glibc.socket(domain, flags, number) })
    }

    /// Binds the socket to an address of any type with a fixed size, such as sockaddr_ll or sockaddr_in.
    package static func bind<Address: BitwiseCopyable>(_ descriptor: Int32, to address: Address) throws(SystemError) {
        var address = address
        try check("bind") {
            // SAFETY: the kernel reads the address's own bytes, and only during the call.
            unsafe withUnsafeMutableBytes(of: &address) { bytes in
                unsafe Glibc.bind(
                    descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                    socklen_t(bytes.count))
            }
        }
    }

    /// Writes the socket's own address to `address`. The kernel fills what fits and leaves the rest unchanged.
    package static func getsockname<Address: BitwiseCopyable>(
        _ descriptor: Int32, into address: inout Address
    ) throws(SystemError) {
        try check("getsockname") {
            // SAFETY: the kernel writes at most the address's own bytes, and only during the call.
            unsafe withUnsafeMutableBytes(of: &address) { bytes in
                var length = socklen_t(bytes.count)
                return unsafe Glibc.getsockname(
                    descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
            }
        }
    }

    /// Sets an option whose value is a number or a C struct without pointers into Swift memory.
    package static func setsockopt<Value: BitwiseCopyable>(
        _ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Value
    ) throws(SystemError) {
        var value = value
        try check("setsockopt") {
            // SAFETY: the kernel reads the value's own bytes, and only during the call.
            unsafe withUnsafeMutableBytes(of: &value) { bytes in
                unsafe Glibc.setsockopt(descriptor, level, name, bytes.baseAddress, socklen_t(bytes.count))
            }
        }
    }

    /// Sets an option whose value is a string, such as SO_BINDTODEVICE.
    package static func setsockopt(
        _ descriptor: Int32, _ level: Int32, _ name: Int32, _ text: String
    ) throws(SystemError) {
        try check("setsockopt") {
            // SAFETY: the kernel reads the string and its final zero, and only during the call.
            unsafe text.withCString {
                unsafe Glibc.setsockopt(descriptor, level, name, $0, socklen_t(text.utf8.count + 1))
            }
        }
    }

    /// Sets an option whose value is a classic BPF program: SO_ATTACH_FILTER, PACKET_FANOUT_DATA.
    package static func setsockopt(
        _ descriptor: Int32, _ level: Int32, _ name: Int32, program: PacketFilter
    ) throws(SystemError) {
        var program = program.instructions.map { sock_filter(code: $0.code, jt: $0.jt, jf: $0.jf, k: $0.k) }
        try check("setsockopt") {
            // SAFETY: the kernel copies the program during the call. sock_fprog points into it only that long.
            unsafe program.withUnsafeMutableBufferPointer { instructions in
                var value = unsafe sock_fprog(
                    len: UInt16(instructions.count), filter: instructions.baseAddress)
                return unsafe Glibc.setsockopt(
                    descriptor, level, name, &value, socklen_t(MemoryLayout<sock_fprog>.size))
            }
        }
    }

    /// Reads an option into `value`. The kernel fills what fits.
    package static func getsockopt<Value: BitwiseCopyable>(
        _ descriptor: Int32, _ level: Int32, _ name: Int32, into value: inout Value
    ) throws(SystemError) {
        try check("getsockopt") {
            // SAFETY: the kernel writes at most the value's own bytes, and only during the call.
            unsafe withUnsafeMutableBytes(of: &value) { bytes in
                var length = socklen_t(bytes.count)
                return unsafe Glibc.getsockopt(descriptor, level, name, bytes.baseAddress, &length)
            }
        }
    }

    /// Sends one datagram, or as many bytes of a stream as the socket accepts.
    /// - Returns: how many bytes the socket accepted.
    package static func send(_ descriptor: Int32, _ bytes: Span<UInt8>, flags: Int32 = 0) throws(SystemError) -> Int {
        // SAFETY: the kernel only reads the span's bytes, and only during the call.
        try unsafe bytes.withUnsafeBytes { buffer throws(SystemError) in
            try check("send") { unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, flags) }
        }
    }

    /// Receives one datagram, or the available bytes of a stream.
    /// - Returns: how many bytes it wrote. With MSG_TRUNC, the size of the datagram, which may be larger.
    package static func receive(
        _ descriptor: Int32, into bytes: inout MutableSpan<UInt8>, flags: Int32 = 0
    ) throws(SystemError) -> Int {
        // SAFETY: the kernel writes at most the span's own bytes, and only during the call.
        try unsafe bytes.withUnsafeMutableBytes { buffer throws(SystemError) in
            try check("recv") { unsafe recv(descriptor, buffer.baseAddress, buffer.count, flags) }
        }
    }

    /// Reads or sets a property of an interface by ioctl (SIOCGIFINDEX and the like).
    package static func ioctl(_ descriptor: Int32, _ request: Int32, _ value: inout ifreq) throws(SystemError) {
        try check("ioctl") {
            // SAFETY: every SIOCGIF* request reads and writes one ifreq, and only during the call.
            unsafe withUnsafeMutablePointer(to: &value) { unsafe Glibc.ioctl(descriptor, UInt(request), $0) }
        }
    }
}
