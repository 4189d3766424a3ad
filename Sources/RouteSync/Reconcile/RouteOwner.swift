internal import Netlink

/// Whose a host route is, told from the route alone. Whether its address is in the pool is asked first.
enum RouteOwner: Hashable, Sendable {
    /// Made here, and as it should be.
    case ours
    /// Made here in another shape, or by the Go program, which marked its routes as `boot`: ours to replace
    /// or remove.
    case adoptable
    /// Anyone else's: left alone and reported.
    case foreign

    /// - Parameter interfaceIndex: the bridge's.
    init(of route: RouteMessage, interfaceIndex: UInt32) {
        // A metric or a type of service makes it another route, beside ours.
        let isInOurPlace = route.table == .main && (route.priority ?? 0) == 0 && route.tos == 0
        guard isInOurPlace, route.interfaceIndex == interfaceIndex, route.type == .unicast else {
            self = .foreign
            return
        }
        let isDirect = route.gateway == nil && route.scope == .link
        switch route.routeProtocol {
        case .dhcp: self = isDirect ? .ours : .adoptable
        case .boot: self = isDirect ? .adoptable : .foreign
        default: self = .foreign
        }
    }
}
