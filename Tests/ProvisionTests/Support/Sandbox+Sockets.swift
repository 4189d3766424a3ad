import Glibc
import TestSupport

extension Sandbox {
    /// A socket that listens on 127.0.0.1 in the sandbox's network.
    func listeningSocket(port: UInt16) throws -> CInt {
        try inside(.network) {
            let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            // SAFETY: the structure outlives the call, and the size is its own.
            let code = unsafe withUnsafePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard code == 0, listen(descriptor, 64) == 0 else {
                throw CommandError(arguments: ["bind", "\(port)"], problem: "failed", output: "errno \(errno)")
            }
            return descriptor
        }
    }
}
