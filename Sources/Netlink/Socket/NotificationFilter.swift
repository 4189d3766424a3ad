internal import CNetlink
internal import Glibc

/// A classic BPF program that lets through only notifications of some types, and none that our own requests
/// caused.
///
/// It runs in the kernel for each notification before it is queued, so what nobody wants to know costs
/// neither a wake-up nor room in the queue. BPF loads numbers as big-endian, netlink writes them in the
/// machine's order: the constants are swapped instead.
struct NotificationFilter {
    let program: [sock_filter]

    /// - Parameter routeTable: the one table from which routes pass; nil for all.
    /// - Parameter ignoredPorts: the ports whose own changes are dropped.
    init(types: [MessageType], neighbours: NeighbourKind, routeTable: RouteTable?, ignoredPorts: [UInt32]) {
        var program: [sock_filter] = []
        program.append(Self.load(Self.word, at: Offset.portID))
        for port in ignoredPorts {
            program.append(Self.compare(with: port.bigEndian, skipIfDifferent: 1))
            program.append(Self.drop)
        }
        program.append(Self.load(Self.halfWord, at: Offset.type))
        for type in types {
            var tests = [(Offset.family, Self.family(of: type, neighbours))]
            // A table beyond one byte is in an attribute, where no filter finds it.
            if type.isRoute, let table = routeTable.flatMap({ UInt8(exactly: $0.rawValue) }) {
                tests.append((Offset.routeTable, UInt32(table)))
            }
            let length = UInt8(2 * tests.count + 2)
            program.append(Self.compare(with: UInt32(type.rawValue.bigEndian), skipIfDifferent: length))
            for (index, (offset, wanted)) in tests.enumerated() {
                program.append(Self.load(Self.byte, at: offset))
                // Over the tests that are left and the acceptance.
                program.append(
                    Self.compare(with: wanted, skipIfDifferent: UInt8(2 * (tests.count - 1 - index) + 1)))
            }
            program.append(Self.accept)
            program.append(Self.drop)
        }
        program.append(Self.drop)
        self.program = program
    }

    /// The address family in the first byte of the body. Bridges repeat link changes in a family of their
    /// own.
    private static func family(of type: MessageType, _ neighbours: NeighbourKind) -> UInt32 {
        if type.isNeighbour { return UInt32(neighbours.family) }
        return UInt32(type.isLink ? AF_UNSPEC : AF_INET)
    }

    /// Byte offsets from the start of `nlmsghdr`.
    private enum Offset {
        static let type: UInt32 = 4
        static let portID: UInt32 = 12
        static let family: UInt32 = 16
        /// rtm_table of `rtmsg`.
        static let routeTable: UInt32 = 20
    }

    private static var word: Int32 { BPF_W }
    private static var halfWord: Int32 { BPF_H }
    private static var byte: Int32 { BPF_B }

    /// Loads an unsigned number; a load beyond the end drops the message.
    private static func load(_ size: Int32, at offset: UInt32) -> sock_filter {
        sock_filter(code: UInt16(BPF_LD | size | BPF_ABS), jt: 0, jf: 0, k: offset)
    }

    private static func compare(with constant: UInt32, skipIfDifferent count: UInt8) -> sock_filter {
        sock_filter(code: UInt16(BPF_JMP | BPF_JEQ | BPF_K), jt: 0, jf: count, k: constant)
    }

    private static var accept: sock_filter {
        sock_filter(code: UInt16(BPF_RET | BPF_K), jt: 0, jf: 0, k: .max)
    }
    private static var drop: sock_filter { sock_filter(code: UInt16(BPF_RET | BPF_K), jt: 0, jf: 0, k: 0) }
}
