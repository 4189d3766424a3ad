/// The kinds of firmware that boot from a network, as far as they want different files.
public enum BootClient: Int, CaseIterable, Sendable {
    /// One that does not say what it is, or is none of the others.
    case other
    /// x86 with a BIOS.
    case bios
    /// UEFI that loads by TFTP.
    case uefiX64, uefiARM64
    /// UEFI that loads by HTTP.
    case httpX64, httpARM64
    /// iPXE on any of them, which wants a script.
    case ipxe

    /// By the client's own words: the first architecture of option 93 (RFC 4578 section 2.1, numbers as IANA has them),
    /// before that the user class of iPXE (option 77).
    init(_ request: borrowing MessageView) {
        if let userClass = request.option(.userClass), userClass.isIPXE {
            self = .ipxe
            return
        }
        guard let architecture = request.clientSystemArchitecture else {
            self = .other
            return
        }
        self =
            switch UInt16(architecture[0]) << 8 | UInt16(architecture[1]) {
            case 0: .bios
            case 7, 9: .uefiX64
            case 11: .uefiARM64
            case 16: .httpX64
            case 19: .httpARM64
            default: .other
            }
    }
}

extension OptionValue {
    /// Whether it is "iPXE", bare or behind its length (RFC 3004 wants that, iPXE does not do it).
    fileprivate var isIPXE: Bool {
        let start = byteCount - 4
        return (start == 0 || start == 1) && word(at: start) == 0x6950_5845_0000_0000
    }
}
