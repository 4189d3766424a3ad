package import Addresses
import Netlink

/// The node's network interfaces, with the properties that a setup needs.
package struct NodeInterfaces: Equatable, Sendable {
    package struct Interface: Equatable, Sendable {
        package var index: UInt32 = 0
        /// The driver's name, such as `bridge` or `veth`; nil for hardware.
        package var kind: String?
        package var macAddress: MACAddress?
        package var mtu: UInt32?
        package var isUp = false
        /// The bridge or bond that this interface is a port of.
        package var masterIndex: UInt32?
        package var addresses: [Address] = []

        package init() {}
    }

    /// An interface's address with the length of its network's prefix.
    package struct Address: Equatable, Sendable, CustomStringConvertible {
        package var address: IPv4Address
        package var prefixLength: Int

        package var network: IPv4Network { IPv4Network(containing: address, prefixLength: prefixLength) }

        package var description: String { "\(address)/\(prefixLength)" }
    }

    /// The MTU that the kernel gives a bridge without ports.
    static let newBridgeMTU: UInt32 = 1500

    package var byName: [String: Interface] = [:]
    /// The NIC of the default route with the lowest metric; nil if there is none, or if it was not looked up.
    package var defaultRouteNIC: String?

    package init() {}

    package subscript(name: String) -> Interface? { byName[name] }
}

extension NodeInterfaces {
    /// The interfaces of the network namespace that the calling thread is in.
    /// - Parameter withDefaultRoute: whether to look up the default route too, which reads all routes.
    package static func read(withDefaultRoute: Bool = false) throws(NodeError) -> NodeInterfaces {
        do throws(NetlinkError) {
            return try readFromKernel(withDefaultRoute: withDefaultRoute)
        } catch {
            throw NodeError(error)
        }
    }

    private static func readFromKernel(withDefaultRoute: Bool) throws(NetlinkError) -> NodeInterfaces {
        var result = NodeInterfaces()
        var nameByIndex: [UInt32: String] = [:]
        var links = try Links()
        for link in try links.list() {
            guard let name = link.name else { continue }
            nameByIndex[link.index] = name
            result.byName[name] = Interface(link)
        }
        var addresses = try InterfaceAddresses()
        for address in try addresses.list() {
            guard let name = nameByIndex[address.interfaceIndex] else { continue }
            result.byName[name]?.addresses.append(
                Address(address: address.address, prefixLength: address.prefixLength))
        }
        guard withDefaultRoute else { return result }
        var routes = try Routes()
        result.defaultRouteNIC = try routes.defaultRoute()?.interfaceIndex.flatMap { nameByIndex[$0] }
        return result
    }
}

extension NodeInterfaces.Interface {
    init(_ link: LinkMessage) {
        index = link.index
        kind = link.kind?.rawValue
        macAddress = link.macAddress
        mtu = link.mtu
        isUp = link.isUp
        masterIndex = link.masterIndex
    }
}
