internal import Netlink

/// The owner of a host route, determined from the route alone. The caller has already checked that its address is in
/// the pool.
enum RouteOwner: Hashable, Sendable {
    /// Made by us, and as it should be.
    case ours
    /// Made by us in another form, or by the Go program, which marked its routes with protocol `boot`. Ours to replace
    /// or remove.
    case adoptable
    /// Made by another program. It is left alone and reported.
    case foreign

    /// - Parameter interfaceIndex: the bridge's.
    init(of route: RouteMessage, interfaceIndex: UInt32) {
        // A route with a metric or a type of service is a different route, which can exist beside ours.
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
