import CFastDHCP
import Glibc
public import LinuxSystem
import SystemPackage

/// Holds UDP port 67 on one interface, without ever reading from it.
///
/// This has two effects. The kernel sends no ICMP port-unreachable to clients that renew by unicast. And a second DHCP
/// server on the interface shows up as ``Taken``. A filter drops everything that arrives at the socket. Each dropped
/// datagram counts as one Udp InErrors. The lock does not follow a re-created interface: release it, then take a new one.
public struct ServerPortLock: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    /// The DHCP server's port, RFC 2131 section 4.1.
    public static let serverPort: UInt16 = 67

    /// Binds `port` on `interface` only, so servers on other bridges of this host do not conflict.
    public init(on interface: InterfaceIdentity, port: UInt16 = serverPort) throws(ServerPortLockError) {
        do {
            descriptor = try Self.open(interface.name, port)
        } catch {
            if error.code == .addressInUse {
                throw .taken(
                    Taken(interface: interface.name, port: port, owners: SocketOwners.ofUDPPort(port)))
            }
            throw .system(error.during("UDP port \(port) on \(interface.name)"))
        }
    }

    private static func open(_ interface: String, _ port: UInt16) throws(SystemError) -> OwnedDescriptor {
        let descriptor = try SystemCall.socket(AF_INET, SOCK_DGRAM)
        try SystemCall.setsockopt(descriptor.rawValue, SOL_SOCKET, SO_BINDTODEVICE, interface)
        try PacketFilter.dropAll.attach(to: descriptor.rawValue)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        // SO_REUSEADDR stays off: with it two servers could hold the port at the same time.
        try SystemCall.bind(descriptor.rawValue, to: address)
        return descriptor
    }

    /// Another server has the port.
    public struct Taken: Equatable, Sendable {
        public let interface: String
        public let port: UInt16
        /// Programs that hold that port on any interface, such as `dnsmasq (pid 812)`. Empty when none can be found.
        public let owners: [String]
    }
}

/// Why the port cannot be held.
public enum ServerPortLockError: Error, Equatable, Sendable, CustomStringConvertible {
    case taken(ServerPortLock.Taken)
    case system(SystemError)

    public var description: String {
        switch self {
        case .taken(let taken):
            "another DHCP server holds UDP port \(taken.port) on \(taken.interface)"
                + (taken.owners.isEmpty
                    ? "" : " (programs with that port open: \(taken.owners.joined(separator: ", ")))")
                + ": stop it, or keep it off this interface"
        case .system(let error): error.description
        }
    }
}
