import Addresses
import TestSupport

/// The DHCP servers that the suite can be run against, chosen by `COCOON_CONFORMANCE_SUBJECT`.
enum Subject: String, CaseIterable, Sendable {
    case cocoonNet = "cocoon-net"
    case dnsmasq
    case kea
    case isc

    /// The server under test in this run.
    static let current: Subject = {
        guard let name = environment("COCOON_CONFORMANCE_SUBJECT") else { return .cocoonNet }
        guard let subject = Subject(rawValue: name) else {
            let names = allCases.map(\.rawValue).joined(separator: ", ")
            preconditionFailure("COCOON_CONFORMANCE_SUBJECT=\(name): must be one of \(names)")
        }
        return subject
    }()

    /// The name in the table of docs/conformance.md, with the version that its differences were seen in.
    var title: String {
        switch self {
        case .cocoonNet: "cocoon-net"
        case .dnsmasq: "dnsmasq 2.90"
        case .kea: "Kea 2.2.0"
        case .isc: "ISC dhcpd 4.4.3"
        }
    }
}

/// The network that every subject serves, so that each test holds for all of them.
enum Network {
    static let subnet = IPv4Network(containing: IPv4Address(10, 50, 0, 0), prefixLength: 22)
    static let gateway = IPv4Address(10, 50, 0, 1)
    static let pool = IPv4Address(10, 50, 0, 2)...IPv4Address(10, 50, 3, 33)
    static let poolSize = 800
    static let dns = [IPv4Address(8, 8, 8, 8), IPv4Address(1, 1, 1, 1)]
    static let leaseSeconds: UInt32 = 900
    /// The relay that may set giaddr.
    static let relay = IPv4Address(10, 50, 3, 250)
    /// An address outside the subnet.
    static let foreign = IPv4Address(192, 168, 77, 5)
    /// The identifier of a server that does not exist.
    static let otherServer = IPv4Address(10, 50, 3, 251)
}
