import CLinuxSystem
import Glibc

/// Blocks connections to this process's listening TCP sockets that arrive through one interface. It uses a classic BPF
/// filter instead of iptables. The filter drops the SYN, so the other side gets no answer.
public enum ListenerFilter {
    /// Replaces the filter of all sockets that listen on `port`.
    ///
    /// Libraries do not expose the descriptors of their sockets, so this looks through all descriptors of the process.
    /// - Returns: how many such sockets there are.
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
        // The port is at the same offset in an IPv6 address structure.
        let family = Int32(address.sin_family)
        return (family == AF_INET || family == AF_INET6) && UInt16(bigEndian: address.sin_port) == port
    }

    /// A program that drops packets from the interface with number `index` and accepts all others.
    private static func program(_ index: UInt32) -> PacketFilter {
        PacketFilter([
            .load(.word, at: PacketFilter.Instruction.interfaceIndex), .compare(with: index, skipIfDifferent: 1), .drop,
            .accept,
        ])
    }
}
