internal import Addresses
internal import Netlink
import SystemPackage

/// One request to the kernel about one address.
struct RouteOperation: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// Adds our route. If a route is there already, it is examined first, and replaced only if that is right.
        case addRoute
        /// Puts our route in place of the existing one.
        case replaceRoute
        /// Removes a route with this protocol.
        case removeRoute(RouteProtocol)
        /// Makes the neighbour permanent.
        case pin
        /// Makes the neighbour stale, so that ARP resolves it again from its next use on.
        case unpin
        /// Removes the neighbour.
        case removeNeighbour
    }

    var kind: Kind
    var address: IPv4Address
    var macAddress = MACAddress.zero
    /// What the operation is for: the index of a change, or a slot.
    var tag = 0

    /// Whether the operation removes something.
    var isRemoval: Bool {
        switch kind {
        case .removeRoute, .removeNeighbour: true
        case .addRoute, .replaceRoute, .pin, .unpin: false
        }
    }

    /// Whether the operation counts as done despite the kernel's error: what it should remove or hand back is not
    /// there.
    func isHarmless(_ error: Errno) -> Bool {
        switch kind {
        case .removeRoute: error == .noSuchProcess || error == .operationNotSupportedByDevice
        case .unpin, .removeNeighbour: error == .noSuchFileOrDirectory || error == .operationNotSupportedByDevice
        case .addRoute, .replaceRoute, .pin: false
        }
    }
}

extension RequestBatch {
    /// Appends the request for `operation`.
    /// - Returns: false if the batch is full.
    mutating func append(_ operation: RouteOperation, interfaceIndex: UInt32) -> Bool {
        let address = operation.address
        let macAddress = operation.macAddress
        switch operation.kind {
        case .addRoute:
            return append(.newRoute, flags: [.create, .exclusive], .host(address, interfaceIndex))
        case .replaceRoute:
            return append(.newRoute, flags: [.create, .replace], .host(address, interfaceIndex))
        case .removeRoute(let routeProtocol):
            return append(.deleteRoute, .host(address, interfaceIndex, routeProtocol))
        case .pin:
            let entry = NeighbourMessage.host(address, macAddress, .permanent, interfaceIndex)
            return append(.newNeighbour, flags: [.create, .replace], entry)
        case .unpin:
            // Without `create`: an entry that is gone stays gone.
            return append(.newNeighbour, flags: .replace, .host(address, macAddress, .stale, interfaceIndex))
        case .removeNeighbour:
            return append(.deleteNeighbour, .host(address, nil, [], interfaceIndex))
        }
    }
}

extension MessageBody where Self == RouteMessage {
    /// The host route as we make it: on the link itself, marked with the DHCP protocol.
    static func host(
        _ address: IPv4Address, _ interfaceIndex: UInt32, _ routeProtocol: RouteProtocol = .dhcp
    ) -> RouteMessage {
        RouteMessage(
            destination: IPv4Network(containing: address, prefixLength: 32), interfaceIndex: interfaceIndex,
            routeProtocol: routeProtocol, scope: .link)
    }
}

extension MessageBody where Self == NeighbourMessage {
    /// The neighbour as we make it, also marked with the DHCP protocol.
    static func host(
        _ address: IPv4Address, _ macAddress: MACAddress?, _ state: NeighbourState, _ interfaceIndex: UInt32
    ) -> NeighbourMessage {
        NeighbourMessage(
            kind: .ipv4, interfaceIndex: interfaceIndex, state: state, address: address,
            macAddress: macAddress,
            routeProtocol: .dhcp)
    }
}
