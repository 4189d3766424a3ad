import Addresses
import Netlink
import RouteSync
import Synchronization
import SystemPackage

/// A kernel for tests: it reads the very messages that would be sent, and keeps routes and neighbours as the
/// kernel does.
final class FakeHost: Sendable {
    struct State: Sendable {
        var link: LinkMessage?
        /// One route per destination: metrics and tables are not modelled.
        var routes: [IPv4Address: RouteMessage] = [:]
        var neighbours: [IPv4Address: NeighbourMessage] = [:]
        /// The errors with which requests about these addresses fail.
        var refusals: [IPv4Address: Errno] = [:]
        /// How many of the next batches take effect but lose their verdicts.
        var lostVerdicts = 0
        /// Whether a policy rule sends lookups to a table that does not have the routes.
        var hasPolicyRule = false
        var batchCount = 0
        var messageCount = 0
    }

    private let state: Mutex<State>
    /// Runs whenever a connection dumps the neighbours, which is between the dump of the routes and the write.
    let onNeighbourDump = Mutex<(@Sendable () -> Void)?>(nil)

    static let interfaceIndex: UInt32 = 7

    init() {
        state = Mutex(State(link: LinkMessage(index: Self.interfaceIndex, flags: .up, name: "cni0")))
    }

    func with<Result>(_ body: (inout State) -> Result) -> Result { state.withLock { body(&$0) } }

    var connection: FakeKernel { FakeKernel(host: self) }
}

/// A connection to a ``FakeHost``.
struct FakeKernel: RouteKernel {
    let host: FakeHost

    var portID: UInt32 { 4711 }

    mutating func perform(_ batch: inout RequestBatch) throws(NetlinkError) {
        var verdicts: [Errno?] = []
        let isLost = host.with { state in
            state.batchCount += 1
            var messages = MessageReader(batch.encoded)
            while let message = messages.next() {
                state.messageCount += 1
                verdicts.append(state.take(message))
            }
            defer { state.lostVerdicts = max(0, state.lostVerdicts - 1) }
            return state.lostVerdicts > 0
        }
        if isLost { throw NetlinkError("perform a batch", .noBufferSpace) }
        for (index, verdict) in verdicts.enumerated() { batch.setError(verdict, at: index) }
    }

    mutating func route(to address: IPv4Address) throws(NetlinkError) -> RouteMessage? {
        host.with { $0.hasPolicyRule ? nil : $0.routes[address] }
    }

    mutating func routes(matching filter: RouteFilter) throws(NetlinkError) -> [RouteMessage] {
        host.with { state in state.routes.values.filter { $0.interfaceIndex == filter.interfaceIndex } }
    }

    mutating func neighbours(on interfaceIndex: UInt32?) throws(NetlinkError) -> [NeighbourMessage] {
        host.onNeighbourDump.withLock { $0 }?()
        return host.with { state in state.neighbours.values.filter { $0.interfaceIndex == interfaceIndex } }
    }

    mutating func neighbour(
        _ address: IPv4Address, on interfaceIndex: UInt32
    ) throws(NetlinkError) -> NeighbourMessage? {
        host.with { $0.neighbours[address] }
    }

    mutating func link(named name: String) throws(NetlinkError) -> LinkMessage? {
        host.with { $0.link?.name == name ? $0.link : nil }
    }
}

extension FakeHost.State {
    /// Acts on one request as the kernel would.
    fileprivate mutating func take(_ message: borrowing NetlinkMessageView) -> Errno? {
        let flags = message.header.flags
        if let route = RouteMessage(message) {
            if let refusal = refusals[route.destination.address] { return refusal }
            return message.header.type == .newRoute ? add(route, flags) : delete(route)
        }
        guard let neighbour = NeighbourMessage(message), let address = neighbour.address else {
            return .invalidArgument
        }
        if let refusal = refusals[address] { return refusal }
        return message.header.type == .newNeighbour ? add(neighbour, flags) : delete(neighbour)
    }

    private mutating func add(_ route: RouteMessage, _ flags: MessageFlags) -> Errno? {
        guard let link, link.index == route.interfaceIndex else { return .operationNotSupportedByDevice }
        guard link.isUp else { return .networkDown }
        if routes[route.destination.address] != nil, flags.contains(.exclusive) { return .fileExists }
        routes[route.destination.address] = route
        return nil
    }

    private mutating func delete(_ route: RouteMessage) -> Errno? {
        guard let found = routes[route.destination.address], found.interfaceIndex == route.interfaceIndex,
            route.routeProtocol == .unspecified || found.routeProtocol == route.routeProtocol
        else { return .noSuchProcess }
        routes[route.destination.address] = nil
        return nil
    }

    private mutating func add(_ neighbour: NeighbourMessage, _ flags: MessageFlags) -> Errno? {
        guard let link, link.index == neighbour.interfaceIndex, let address = neighbour.address else {
            return .operationNotSupportedByDevice
        }
        if neighbours[address] == nil, !flags.contains(.create) { return .noSuchFileOrDirectory }
        neighbours[address] = neighbour
        return nil
    }

    private mutating func delete(_ neighbour: NeighbourMessage) -> Errno? {
        guard let link, link.index == neighbour.interfaceIndex, let address = neighbour.address else {
            return .operationNotSupportedByDevice
        }
        return neighbours.removeValue(forKey: address) == nil ? .noSuchFileOrDirectory : nil
    }
}
