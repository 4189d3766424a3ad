import CLinuxSystem
import Glibc
import SystemPackage

/// Sends datagrams to another program on this machine. The destination is a Unix socket with a path, or an abstract one
/// whose name begins with `@`. The socket stays open, so a process without free descriptors can still send.
package final class DatagramSocket: Sendable {
    private let name: String
    private let address: sockaddr_un
    private let length: socklen_t
    private let descriptor: OwnedDescriptor

    /// - Throws: `EINVAL` for a name that is neither a path nor begins with `@`. `ENAMETOOLONG` for a name that is too
    ///   long for a socket.
    package init(to name: String) throws(SystemError) {
        guard let first = name.first, first == "/" || first == "@", name.utf8.count > 1 else {
            throw SystemError(operation: "socket", code: .invalidArgument, path: name)
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = first == "@" ? [0] + Array(name.utf8.dropFirst()) : Array(name.utf8)
        // The zero byte behind a path needs room too.
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemError(operation: "socket", code: .fileNameTooLong, path: name)
        }
        // SAFETY: the check above proves that the bytes fit in the path, which belongs to a local variable.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { path in unsafe path.copyBytes(from: bytes) }
        self.name = name
        self.address = address
        length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        descriptor = try SystemCall.naming(name) { () throws(SystemError) in
            let descriptor = try SystemCall.socket(AF_UNIX, SOCK_DGRAM)
            let patience = timeval(tv_sec: 1, tv_usec: 0)
            try SystemCall.setsockopt(descriptor.rawValue, SOL_SOCKET, SO_SNDTIMEO, patience)
            return descriptor
        }
    }

    /// Sends one datagram. If the receiver's queue is full, waits for at most one second.
    package func send(_ text: String) throws(SystemError) {
        var address = address
        let bytes = Array(text.utf8)
        try SystemCall.naming(name) { () throws(SystemError) in
            _ = try SystemCall.check("sendto") {
                // SAFETY: the kernel reads the address's and the array's own bytes, and only during the call.
                unsafe withUnsafeBytes(of: &address) { address in
                    unsafe bytes.withUnsafeBytes { bytes in
                        unsafe sendto(
                            descriptor.rawValue, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL),
                            address.baseAddress?.assumingMemoryBound(to: sockaddr.self), length)
                    }
                }
            }
        }
    }
}
