import CLinuxSystem
import Glibc

/// Keeps listening TCP sockets of this process from hearing what comes in through one interface, with a classic BPF filter
/// and without iptables. It drops the SYN, so that the other side learns nothing.
public enum ListenerFilter {
    /// Replaces the filter of all sockets that listen on `port`.
    ///
    /// Libraries keep the descriptors of their sockets to themselves, so those of this process are looked through.
    /// - Returns: how many there are.
    @discardableResult
    public static func drop(fromInterface index: UInt32, atPort port: UInt16) throws(SystemError) -> Int {
        let filter = program(index)
        var count = 0
        for name in SystemCall.names(inDirectory: "/proc/self/fd") {
            guard let descriptor = Int32(name), isListening(descriptor, on: port) else { continue }
            try filter.attach(to: descriptor)
            count += 1
        }
        return count
    }

    private static func isListening(_ descriptor: Int32, on port: UInt16) -> Bool {
        var accepts: Int32 = 0
        var address = sockaddr_in()
        guard (try? SystemCall.getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, into: &accepts)) != nil, accepts != 0,
            (try? SystemCall.getsockname(descriptor, into: &address)) != nil
        else { return false }
        // The port stands at the same place in addresses of IPv6.
        let family = Int32(address.sin_family)
        return (family == AF_INET || family == AF_INET6) && UInt16(bigEndian: address.sin_port) == port
    }

    /// Loads the number of the interface that the packet came by , and drops it if it is that one.
    private static func program(_ index: UInt32) -> PacketFilter {
        PacketFilter([
            .load(.word, at: PacketFilter.Instruction.interfaceIndex), .compare(with: index, skipIfDifferent: 1), .drop,
            .accept,
        ])
    }
}
