import CLinuxSystem
import Glibc

/// A classic BPF program. The kernel runs it on each packet and keeps only the packets that it accepts.
///
/// A netlink socket also takes a filter, for its messages. A fanout group takes one that chooses the member.
public struct PacketFilter: Equatable, Sendable {
    /// One instruction of classic BPF, as in the kernel's sock_filter and libpcap's bpf_insn.
    public struct Instruction: Equatable, Sendable {
        /// The operation.
        public var code: UInt16
        /// How many instructions to skip when a jump's condition is true (jt) and when it is false (jf).
        public var jt, jf: UInt8
        /// The operand.
        public var k: UInt32

        public init(code: UInt16, jt: UInt8 = 0, jf: UInt8 = 0, k: UInt32) {
            self.code = code
            self.jt = jt
            self.jf = jf
            self.k = k
        }
    }

    /// The program, at most 4,096 instructions.
    public let instructions: [Instruction]

    package init(_ instructions: [Instruction]) { self.instructions = instructions }

    /// Accepts nothing.
    public static let dropAll = PacketFilter([.drop])

    /// Makes `socket` keep only the packets that this filter accepts. Replaces the filter that the socket had.
    package func attach(to socket: Int32) throws(SystemError) {
        try SystemCall.setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, program: self)
    }
}
