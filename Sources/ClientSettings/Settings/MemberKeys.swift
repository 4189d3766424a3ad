import FastDHCP

/// The keys of `options.boot`.
enum BootKey: String, CaseIterable, Sendable {
    case bios
    case uefiX64 = "uefi-x64"
    case uefiARM64 = "uefi-arm64"
    case httpX64 = "http-x64"
    case httpARM64 = "http-arm64"
    case ipxe

    var client: BootClient {
        switch self {
        case .bios: .bios
        case .uefiX64: .uefiX64
        case .uefiARM64: .uefiARM64
        case .httpX64: .httpX64
        case .httpARM64: .httpARM64
        case .ipxe: .ipxe
        }
    }
}

extension BootClient {
    /// Whether the client accepts only a URI as its boot file.
    var bootsByHTTP: Bool { self == .httpX64 || self == .httpARM64 }
}

/// The keys of an element of `options.routes`.
enum RouteKey: String, CaseIterable { case to, via }

/// The keys of an element of `options.custom`.
enum CustomKey: String, CaseIterable { case code, type, value }

/// The values of `type` in an element of `options.custom`.
enum CustomType: String, CaseIterable { case text, hex, ip, ips, uint8, uint16, uint32, bool }

/// The keys of a reservation that is an object.
enum ReservationKey: String, CaseIterable { case ip, hostname, options }
