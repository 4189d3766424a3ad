public import Addresses
import CFastDHCP
import Glibc
import LinuxSystem
import SystemPackage

/// Distributes the frames of one interface over the rings of several workers, by chaddr. One client is always served by
/// the same worker, so its messages stay in order.
public enum Fanout {
    /// The worker, 0 to `count` - 1, whose ring gets the messages of the client `chaddr`.
    ///
    /// The kernel computes the same number from the low 32 bits of chaddr, with `program`.
    /// - Precondition: `count` is above zero.
    @inline(__always)
    public static func member(for chaddr: MACAddress, of count: Int) -> Int {
        Int(UInt32(truncatingIfNeeded: chaddr.rawValue) % UInt32(count))
    }

    /// Loads the last four bytes of chaddr. The kernel then takes the remainder by the number of members.
    ///
    /// A fanout program's offsets start at the network header. IPv4 without options has 20 bytes and UDP has 8.
    /// chaddr's six bytes start at 28 of the DHCP message (RFC 2131 section 2), so the load is at 58. A packet that is
    /// too short ends the program with 0, which is the first member. A packet with IP options can go to any member, and
    /// every member drops it.
    static let program = PacketFilter([
        .load(.word, at: PacketFilter.Instruction.networkHeader &+ 58), .returnLoaded,
    ])
}

/// The rings of one interface's workers. They join in the order of their workers' indices.
///
/// A member cannot be bound again. When the interface is re-created, all rings must close and join a new group.
public struct FanoutGroup: Sendable {
    /// How many rings the group has when it is complete.
    public let memberCount: Int
    /// How many have joined.
    public private(set) var joinedCount = 0
    /// The kernel's number for the group in this network namespace. Set once the first ring has joined.
    private var identifier: UInt16 = 0

    /// - Precondition: `memberCount` is 1 to 256. A server uses 255 at most, the limit of `Engine`.
    public init(memberCount: Int) {
        precondition((1...256).contains(memberCount), "a fanout group has 1 to 256 members")
        self.memberCount = memberCount
    }

    /// Adds a bound packet socket as the next member. A group of one needs no fanout, so none is set up.
    mutating func join(_ socket: Int32) throws(SystemError) {
        precondition(joinedCount < memberCount, "the fanout group is complete")
        if memberCount > 1 {
            do {
                try joinedCount == 0 ? makeGroup(of: socket) : joinGroup(socket, PACKET_FANOUT_CBPF)
            } catch {
                // Linux before 6.13 rejects a socket whose interface is down, with EINVAL.
                throw SystemError(
                    operation: error.operation, code: error.code == .invalidArgument ? .networkDown : error.code)
            }
        }
        joinedCount += 1
    }

    /// Creates the group and sets its program. The kernel chooses a number that no other group has.
    private mutating func makeGroup(of socket: Int32) throws(SystemError) {
        try joinGroup(socket, PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_UNIQUEID)
        try SystemCall.setsockopt(
            socket, SOL_PACKET, PACKET_FANOUT_DATA, program: Fanout.program)
        var answer: UInt32 = 0
        try SystemCall.getsockopt(socket, SOL_PACKET, PACKET_FANOUT, into: &answer)
        identifier = UInt16(truncatingIfNeeded: answer)
    }

    private func joinGroup(_ socket: Int32, _ typeAndFlags: Int32) throws(SystemError) {
        try SystemCall.setsockopt(
            socket, SOL_PACKET, PACKET_FANOUT, UInt32(identifier) | UInt32(typeAndFlags) << 16)
    }
}
