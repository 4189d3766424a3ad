package import Addresses
package import Netlink

/// A namespace of its own for one test, with a bridge cni0 that is up and has 10.0.0.1/16.
package final class Laboratory: Sendable {
    package let namespace: NetworkNamespace
    package let bridge: LinkMessage
    /// The network that the bridge's address makes reachable.
    package static let network = IPv4Network(containing: IPv4Address(10, 0, 0, 0), prefixLength: 16)

    package init() throws(NetlinkError) {
        namespace = try NetworkNamespace.create()
        bridge = try namespace.perform { () throws(NetlinkError) in
            var links = try Links()
            let bridge = try links.createBridge("cni0", macAddress: MACAddress(2, 0, 0, 0, 0, 1))
            try links.setUp(bridge)
            var addresses = try InterfaceAddresses()
            try addresses.add(IPv4Address(10, 0, 0, 1), prefixLength: 16, to: bridge)
            return try links.get(named: "cni0")
        }
    }

    /// Runs `body` in the namespace.
    package func inside<Result: ~Copyable & Sendable, Failure: Error>(
        _ body: @Sendable () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try namespace.perform(body)
    }

    /// The host route to the `number`-th address of the network, of protocol `dhcp` unless another is given.
    package func hostRoute(_ number: UInt32, _ routeProtocol: RouteProtocol = .dhcp) -> RouteMessage {
        RouteMessage(
            destination: IPv4Network(containing: Self.address(number), prefixLength: 32),
            interfaceIndex: bridge.index, routeProtocol: routeProtocol, scope: .link)
    }

    package static func address(_ number: UInt32) -> IPv4Address {
        IPv4Address(rawValue: network.address.rawValue + number)
    }
}

extension Laboratory {
    package func openSocket(
        receiveQueueByteCount: Int32 = 4 << 20
    ) throws(NetlinkError) -> RouteNetlinkSocket {
        try inside { () throws(NetlinkError) in
            try RouteNetlinkSocket(receiveQueueByteCount: receiveQueueByteCount)
        }
    }

    package func openRoutes() throws(NetlinkError) -> Routes {
        try inside { () throws(NetlinkError) in try Routes() }
    }
}
