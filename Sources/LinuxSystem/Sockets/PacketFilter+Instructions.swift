import CLinuxSystem

/// The instructions that this project's own programs use (linux/filter.h).
extension PacketFilter.Instruction {
    /// The size of a load: 1, 2 or 4 bytes.
    package enum LoadSize {
        case byte, halfWord, word

        fileprivate var code: Int32 {
            switch self {
            case .byte: BPF_B
            case .halfWord: BPF_H
            case .word: BPF_W
            }
        }
    }

    /// Loads an unsigned big-endian number. A load beyond the packet's end ends the program with 0.
    package static func load(_ size: LoadSize, at offset: UInt32) -> Self {
        Self(code: UInt16(BPF_LD | size.code | BPF_ABS), k: offset)
    }

    /// Continues when the loaded number is `constant`. Otherwise skips the next `count` instructions.
    package static func compare(with constant: UInt32, skipIfDifferent count: UInt8) -> Self {
        Self(code: UInt16(BPF_JMP | BPF_JEQ | BPF_K), jf: count, k: constant)
    }

    /// Keeps the whole packet.
    package static var accept: Self { Self(code: UInt16(BPF_RET | BPF_K), k: .max) }

    package static var drop: Self { Self(code: UInt16(BPF_RET | BPF_K), k: 0) }

    /// Ends the program with the loaded number as its result, as a fanout program does.
    package static var returnLoaded: Self { Self(code: UInt16(BPF_RET | BPF_A), k: 0) }

    /// The start of offsets that are relative to the network header (SKF_NET_OFF).
    package static var networkHeader: UInt32 { UInt32(bitPattern: SKF_NET_OFF) }

    /// A load from this offset gives the number of the interface on which the packet arrived (SKF_AD_IFINDEX).
    package static var interfaceIndex: UInt32 { UInt32(bitPattern: SKF_AD_OFF + SKF_AD_IFINDEX) }
}
