package import FastDHCP
package import LinuxSystem
package import Netlink

/// Why a storm cannot begin. Its description is for the operator, and ends with what to do.
package enum StormError: Error, Equatable, CustomStringConvertible {
    case interface(InterfaceError)
    case notABridge(String)
    case bridgeDown(String)
    case isBridge(String)
    case isBridgePort(String, bridge: String)
    case namedTwice(String)
    case portsFull(bridge: String, existing: Int)
    case portsStayDown(bridge: String)
    case netlink(NetlinkError)
    case system(SystemError)

    package var description: String {
        switch self {
        case .interface(.missing(let name)): "interface \(name) does not exist; \"ip link\" shows those that do"
        case .interface(.notEthernet(let name)): "interface \(name) is not Ethernet; name another one"
        case .interface(let error): error.description
        case .notABridge(let name): "interface \(name) is not a bridge; name a bridge, or use --interface"
        case .bridgeDown(let name): "bridge \(name) is down; set it up: ip link set \(name) up"
        case .isBridge(let name):
            "interface \(name) is a bridge: frames sent on it leave through its ports and never reach a server on this host; "
                + "use --bridge \(name)"
        case .isBridgePort(let name, let bridge):
            "interface \(name) is a port of the bridge \(bridge): frames sent on it go to the VM and never to a server; "
                + "use --bridge \(bridge)"
        case .namedTwice(let name): "interface \(name) is named twice; name each one once"
        case .portsFull(let bridge, let existing):
            "bridge \(bridge) has \(existing) ports and can have at most \(BridgePorts.limit); use fewer --ports"
        case .portsStayDown(let bridge):
            "the new ports of bridge \(bridge) do not come up; the machine may be very busy: try again, or use fewer --ports"
        case .netlink(let error): error.description
        case .system(let error): error.description
        }
    }
}

/// Runs `body` and turns a netlink error into a ``StormError``.
func performing<Result: ~Copyable>(_ body: () throws(NetlinkError) -> Result) throws(StormError) -> Result {
    do { return try body() } catch { throw .netlink(error) }
}
