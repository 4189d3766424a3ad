/// The kinds of network boot firmware, as far as they need different boot files.
public enum BootClient: Int, CaseIterable, Sendable {
    /// Firmware that does not say what it is, or is none of the kinds below.
    case other
    /// x86 with a BIOS.
    case bios
    /// UEFI that loads by TFTP.
    case uefiX64, uefiARM64
    /// UEFI that loads by HTTP.
    case httpX64, httpARM64
    /// iPXE on any of these platforms. It needs a script.
    case ipxe

    /// Determines the kind from what the client sends: the user class of iPXE (option 77) comes first, then the first
    /// architecture of option 93 (RFC 4578 section 2.1, numbers assigned by IANA).
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
    /// Whether the value is "iPXE", with or without a length byte before it. RFC 3004 requires the length byte, but
    /// iPXE does not send it.
    fileprivate var isIPXE: Bool {
        let start = byteCount - 4
        return (start == 0 || start == 1) && word(at: start) == 0x6950_5845_0000_0000
    }
}
