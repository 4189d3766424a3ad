internal import Glibc
internal import LinuxSystem

/// A classic BPF program that lets through only notifications of some types, and none that our own requests
/// caused.
///
/// It runs in the kernel for each notification before it is queued, so what nobody wants to know costs
/// neither a wake-up nor room in the queue. BPF loads numbers as big-endian, netlink writes them in the
/// machine's order: the constants are swapped instead.
struct NotificationFilter {
    let program: PacketFilter

    /// - Parameter routeTable: the one table from which routes pass; nil for all.
    /// - Parameter ignoredPorts: the ports whose own changes are dropped.
    init(types: [NetlinkMessageType], neighbours: NeighbourKind, routeTable: RouteTable?, ignoredPorts: [UInt32]) {
        var program: [PacketFilter.Instruction] = []
        program.append(.load(.word, at: Offset.portID))
        for port in ignoredPorts {
            program.append(.compare(with: port.bigEndian, skipIfDifferent: 1))
            program.append(.drop)
        }
        program.append(.load(.halfWord, at: Offset.type))
        for type in types {
            var tests = [(Offset.family, Self.family(of: type, neighbours))]
            // A table beyond one byte is in an attribute, where no filter finds it.
            if type.isRoute, let table = routeTable.flatMap({ UInt8(exactly: $0.rawValue) }) {
                tests.append((Offset.routeTable, UInt32(table)))
            }
            let length = UInt8(2 * tests.count + 2)
            program.append(.compare(with: UInt32(type.rawValue.bigEndian), skipIfDifferent: length))
            for (index, (offset, wanted)) in tests.enumerated() {
                program.append(.load(.byte, at: offset))
                // Over the tests that are left and the acceptance.
                program.append(
                    .compare(with: wanted, skipIfDifferent: UInt8(2 * (tests.count - 1 - index) + 1)))
            }
            program.append(.accept)
            program.append(.drop)
        }
        program.append(.drop)
        self.program = PacketFilter(program)
    }

    /// The address family in the first byte of the body. Bridges repeat link changes in a family of their
    /// own.
    private static func family(of type: NetlinkMessageType, _ neighbours: NeighbourKind) -> UInt32 {
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
}
