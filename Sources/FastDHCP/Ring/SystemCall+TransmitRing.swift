import CFastDHCP
import Glibc
import LinuxSystem

extension SystemCall {
    /// Kicks the transmit ring of a packet socket: the kernel sends each marked frame, in order, without waiting.
    /// - Parameter interfaceIndex: the interface through which the frames leave. 0 means the interface that the socket
    ///   is bound to.
    /// - Returns: how many bytes the kernel sent.
    @inline(__always)
    static func sendRing(_ descriptor: Int32, by interfaceIndex: Int32 = 0) throws(SystemError) -> Int {
        guard interfaceIndex == 0 else { return try sendRing(descriptor, to: interfaceIndex) }
        return try check("sendto") { Glibc.sendto(descriptor, nil, 0, Int32(MSG_DONTWAIT), nil, 0) }
    }

    private static func sendRing(_ descriptor: Int32, to interfaceIndex: Int32) throws(SystemError) -> Int {
        var address = sockaddr_ll()
        address.sll_family = UInt16(AF_PACKET)
        address.sll_ifindex = interfaceIndex
        return try check("sendto") {
            // SAFETY: the kernel reads the address's own bytes, and only during the call.
            unsafe withUnsafeMutableBytes(of: &address) { bytes in
                unsafe Glibc.sendto(
                    descriptor, nil, 0, Int32(MSG_DONTWAIT),
                    bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
            }
        }
    }
}
