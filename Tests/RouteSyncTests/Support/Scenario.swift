import Addresses
import Netlink

@testable import RouteSync

/// A route synchronization on a fake kernel, with a pool of 10.0.0.1 to 10.0.0.`count`.
struct Scenario {
    let host = FakeHost()
    let sync: RouteSync<FakeKernel>

    init(count: UInt32 = 300) throws {
        sync = try RouteSync(
            interfaceName: "cni0", pool: RoutePool((1...count).map(address)), kernel: host.connection)
    }

    /// Applies changes and returns their results.
    @discardableResult
    func apply(_ changes: RouteChange...) -> [RouteResult] { sync.apply(changes) }

    /// Reconciles through a connection of its own.
    @discardableResult
    func reconcile() throws -> ReconcileReport {
        var reconciler = Reconciler(sync, reader: host.connection)
        let link = try reconciler.findInterface()
        return try reconciler.reconcile(interfaceIndex: link?.index ?? 0) { _, _ in }
    }

    /// The numbers of the addresses that have a route of protocol `dhcp`.
    var ownRoutes: Set<UInt32> {
        host.with { state in
            Set(
                state.routes.values.filter { $0.routeProtocol == .dhcp }.map { $0.destination.address.number }
            )
        }
    }

    /// The MACs of the permanent neighbours, by the numbers of their addresses.
    var pinned: [UInt32: MACAddress] {
        host.with { state in
            let pairs = state.neighbours.values.filter { $0.state == .permanent }.map {
                ($0.address!.number, $0.macAddress!)
            }
            return Dictionary(uniqueKeysWithValues: pairs)
        }
    }
}

extension RouteSync where Kernel: ~Copyable {
    /// Applies changes and returns their results.
    func apply(_ changes: [RouteChange]) -> [RouteResult] {
        var results = [RouteResult](repeating: .outsidePool, count: changes.count)
        var span = results.mutableSpan
        apply(changes.span, &span)
        return results
    }
}

/// 10.0.0.0 plus `number`.
func address(_ number: UInt32) -> IPv4Address { IPv4Address(rawValue: 0x0A00_0000 + number) }

/// The MAC that tests use with a number.
func macAddress(_ number: UInt32) -> MACAddress { MACAddress(rawValue: 0x0200_0000_0000 + UInt64(number)) }

func install(_ number: UInt32, _ mac: UInt32? = nil, withNeighbour: Bool = true) -> RouteChange {
    RouteChange(.install, address(number), macAddress(mac ?? number), withNeighbour: withNeighbour)
}

func remove(_ number: UInt32) -> RouteChange { RouteChange(.remove, address(number), macAddress(number)) }

/// A host route on the fake kernel's bridge.
func hostRoute(
    _ number: UInt32, _ routeProtocol: RouteProtocol, interfaceIndex: UInt32 = FakeHost.interfaceIndex
) -> RouteMessage {
    RouteMessage(
        destination: IPv4Network(containing: address(number), prefixLength: 32),
        interfaceIndex: interfaceIndex,
        routeProtocol: routeProtocol, scope: .link)
}

extension IPv4Address {
    fileprivate var number: UInt32 { rawValue - 0x0A00_0000 }
}
