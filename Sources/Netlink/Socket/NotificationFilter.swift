internal import Glibc
internal import LinuxSystem

/// A classic BPF program that passes only notifications of given types, and none that our own requests caused.
///
/// The kernel runs it on each notification before queuing it, so unwanted notifications cost neither a wake-up nor room
/// in the queue. BPF loads numbers as big-endian, while netlink writes them in the machine's byte order, so the
/// constants are swapped instead.
struct NotificationFilter {
    let program: PacketFilter

    /// - Parameter routeTable: the only table whose routes pass; nil for all tables.
    /// - Parameter ignoredPorts: the netlink ports whose own changes are dropped.
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
            // A table number above 255 is in an attribute, where the filter cannot find it.
            if type.isRoute, let table = routeTable.flatMap({ UInt8(exactly: $0.rawValue) }) {
                tests.append((Offset.routeTable, UInt32(table)))
            }
            let length = UInt8(2 * tests.count + 2)
            program.append(.compare(with: UInt32(type.rawValue.bigEndian), skipIfDifferent: length))
            for (index, (offset, wanted)) in tests.enumerated() {
                program.append(.load(.byte, at: offset))
                // If the value differs, skip the remaining tests and the accept instruction.
                program.append(
                    .compare(with: wanted, skipIfDifferent: UInt8(2 * (tests.count - 1 - index) + 1)))
            }
            program.append(.accept)
            program.append(.drop)
        }
        program.append(.drop)
        self.program = PacketFilter(program)
    }

    /// The address family to expect in the first byte of the body. Bridges repeat link changes in another family.
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
