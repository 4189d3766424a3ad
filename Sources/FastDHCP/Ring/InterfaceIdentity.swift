public import Addresses
import CFastDHCP
import Glibc
public import LinuxSystem
import SystemPackage

/// The properties of an Ethernet interface at one moment. Two equal values may still describe different interfaces: see
/// ``BoundInterface``.
public struct InterfaceIdentity: Equatable, Sendable {
    public let name: String
    /// The kernel's number for the interface, above zero. A new interface gets a new number, unless its creator asks
    /// for one that is free.
    public let index: Int32
    /// The interface's Ethernet address. A bridge may change its own as ports come and go.
    public let address: MACAddress
    /// The MTU: the longest IP packet that the interface carries, in bytes.
    public let mtu: Int

    /// Asks the kernel for the interface called `name` in this thread's network namespace.
    public init(named name: String) throws(InterfaceError) {
        let descriptor: OwnedDescriptor
        do throws(SystemError) {
            descriptor = try SystemCall.socket(AF_INET, SOCK_DGRAM)
        } catch {
            throw .system(error.during("interface \(name)"))
        }
        try self.init(named: name, asking: descriptor.rawValue)
    }

    /// Asks the kernel for the interface called `name` in the network namespace of `socket`. The socket may be of any
    /// family.
    init(named name: String, asking socket: Int32) throws(InterfaceError) {
        guard (1..<Int(IFNAMSIZ)).contains(name.utf8.count) else { throw .invalidName(name) }
        self.name = name
        let hardware: sockaddr
        do throws(SystemError) {
            // SAFETY: each request puts its answer in the union member of the same name, and all members are plain
            // numbers.
            var request = unsafe Self.request(for: name)
            try unsafe SystemCall.ioctl(socket, SIOCGIFINDEX, &request)
            index = unsafe request.ifr_ifru.ifru_ivalue
            try unsafe SystemCall.ioctl(socket, SIOCGIFMTU, &request)
            mtu = unsafe Int(request.ifr_ifru.ifru_mtu)
            try unsafe SystemCall.ioctl(socket, SIOCGIFHWADDR, &request)
            hardware = unsafe request.ifr_ifru.ifru_hwaddr
        } catch {
            throw error.code == .operationNotSupportedByDevice
                ? .missing(name) : .system(error.during("interface \(name)"))
        }
        guard Int32(hardware.sa_family) == ARPHRD_ETHER else { throw .notEthernet(name) }
        guard mtu >= Self.smallestMTU else { throw .mtuTooSmall(name, mtu: mtu) }
        let bytes = hardware.sa_data
        address = MACAddress(
            UInt8(bitPattern: bytes.0), UInt8(bitPattern: bytes.1), UInt8(bitPattern: bytes.2),
            UInt8(bitPattern: bytes.3), UInt8(bitPattern: bytes.4), UInt8(bitPattern: bytes.5))
    }

    /// Whether the interface called `name` in the network namespace of `socket` is up. False when there is none.
    static func isUp(_ name: String, asking socket: Int32) -> Bool {
        guard (1..<Int(IFNAMSIZ)).contains(name.utf8.count) else { return false }
        // SAFETY: as in `init`.
        var request = unsafe Self.request(for: name)
        guard (try? unsafe SystemCall.ioctl(socket, SIOCGIFFLAGS, &request)) != nil else { return false }
        return unsafe Int(request.ifr_ifru.ifru_flags) & Int(IFF_UP) != 0
    }

    /// The smallest MTU with which every client can be answered: the longest datagram that every client must accept
    /// (RFC 2131 section 2), and the word that a writer needs behind it.
    static let smallestMTU = 576 + 8

    /// A request about the interface called `name`. The name and its final zero must fit in the field.
    private static func request(for name: String) -> ifreq {
        // SAFETY: the name is shorter than the field, so the zero after it stays.
        var request = unsafe ifreq()
        unsafe withUnsafeMutableBytes(of: &request.ifr_ifrn.ifrn_name) {
            unsafe $0.copyBytes(from: name.utf8)
        }
        return unsafe request
    }
}

/// Why an interface cannot be served.
public enum InterfaceError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No interface has this name.
    case missing(String)
    /// No interface can have this name.
    case invalidName(String)
    /// The interface is not an Ethernet interface.
    case notEthernet(String)
    /// The interface cannot carry the packets that DHCP clients must be sent.
    case mtuTooSmall(String, mtu: Int)
    case system(SystemError)

    public var description: String {
        switch self {
        case .missing(let name):
            "interface \(name) does not exist: create the bridge first, as cocoon-net adopt does, "
                + "or name another interface"
        case .invalidName(let name): "\"\(name)\" cannot be an interface name: it must have 1 to 15 bytes"
        case .notEthernet(let name): "interface \(name) is not Ethernet: name a bridge"
        case .mtuTooSmall(let name, let mtu):
            "interface \(name) has an MTU of \(mtu), too small for DHCP: set it to \(InterfaceIdentity.smallestMTU) or more"
        case .system(let error): error.description
        }
    }
}
