package import FastDHCP
package import Netlink

/// Why a storm cannot begin. Its description is for the operator, and ends with what to do.
package enum StormError: Error, Equatable, CustomStringConvertible {
    case interface(InterfaceError)
    case notABridge(String)
    case filter(PacketFilterError)
    case netlink(NetlinkError)
    case system(SystemError)

    package var description: String {
        switch self {
        case .interface(.missing(let name)): "interface \(name) does not exist; \"ip link\" shows those that do"
        case .interface(.notEthernet(let name)): "interface \(name) is not Ethernet; name another one"
        case .interface(let error): error.description
        case .notABridge(let name): "interface \(name) is no bridge; name a bridge, or use --interface"
        case .filter(let error): error.description
        case .netlink(let error): error.description
        case .system(let error): error.description
        }
    }
}
