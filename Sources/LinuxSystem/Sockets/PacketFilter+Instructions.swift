import CLinuxSystem

/// The instructions that our own programs are made of (linux/filter.h).
extension PacketFilter.Instruction {
    /// How many bytes an instruction loads.
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

    /// Loads an unsigned number, which is taken for big-endian. A load beyond the end ends the program with 0.
    package static func load(_ size: LoadSize, at offset: UInt32) -> Self {
        Self(code: UInt16(BPF_LD | size.code | BPF_ABS), k: offset)
    }

    /// Goes on when what was loaded is `constant`, and else skips the next `count` instructions.
    package static func compare(with constant: UInt32, skipIfDifferent count: UInt8) -> Self {
        Self(code: UInt16(BPF_JMP | BPF_JEQ | BPF_K), jf: count, k: constant)
    }

    /// Keeps the whole packet.
    package static var accept: Self { Self(code: UInt16(BPF_RET | BPF_K), k: .max) }

    package static var drop: Self { Self(code: UInt16(BPF_RET | BPF_K), k: 0) }

    /// Ends with what was loaded, as a fanout program does.
    package static var returnLoaded: Self { Self(code: UInt16(BPF_RET | BPF_A), k: 0) }

    /// Offsets from here on count from the network header (SKF_NET_OFF).
    package static var networkHeader: UInt32 { UInt32(bitPattern: SKF_NET_OFF) }

    /// What a load there yields is the number of the interface that the packet came by (SKF_AD_IFINDEX).
    package static var interfaceIndex: UInt32 { UInt32(bitPattern: SKF_AD_OFF + SKF_AD_IFINDEX) }
}
