import Addresses
import FastDHCP

/// The kernel's routes with their neighbour entries, and the routes that `RouteSync` wants.
final class KernelModel {
    /// By address, the client that its route leads to.
    private(set) var routes: [IPv4Address: MACAddress] = [:]
    private(set) var isUp = true
    /// Of a thousand changes: how many the kernel refuses, and how many it makes although their acknowledgement is
    /// lost.
    var refusalRate = 0
    var lostAckRate = 0
    /// Addresses whose route the kernel refused to remove. The next reconciliation removes it.
    private(set) var leftBehind: Set<IPv4Address> = []

    private var wanted: [IPv4Address: MACAddress] = [:]
    private let random: SeededRandom
    private let outage: Outage
    private let tally: Tally
    private var begun: [(change: BindingChange, isDone: Bool?)] = []

    init(_ random: SeededRandom, _ outage: Outage, _ tally: Tally) {
        self.random = random
        self.outage = outage
        self.tally = tally
    }

    func losePower() { routes = [:] }

    /// The server starts, with these leases.
    func start(wanting leases: [RestoredLease]) {
        wanted = [:]
        begun = []
        for lease in leases where lease.state == .bound { wanted[lease.address] = lease.client }
        reconcile()
    }

    /// A link that goes down loses its routes. When it comes up again, all wanted routes are installed.
    func setLink(isUp: Bool) {
        self.isUp = isUp
        if isUp { reconcile() } else { routes = [:] }
    }

    private func reconcile() {
        guard isUp else { return }
        routes = wanted
        leftBehind = []
    }

    func begin(_ changes: Span<BindingChange>) {
        begun = changes.indices.map { (changes[$0], nil) }
        for index in begun.indices where random.chance(500) { begun[index].isDone = apply(begun[index].change) }
    }

    func finish(_ isRouted: inout MutableSpan<Bool>) {
        for index in isRouted.indices { isRouted[index] = begun[index].isDone ?? apply(begun[index].change) }
        begun = []
    }

    /// Like `RouteSync`: a route is wanted once it is installed. It is no longer wanted once it is to be removed, even
    /// if the removal fails.
    private func apply(_ change: BindingChange) -> Bool {
        guard !outage.strikes() else { return false }
        if change.kind != .bind { wanted[change.address] = nil }
        // A link that is down has no routes, so a removal has succeeded.
        guard isUp else { return change.kind != .bind }
        guard !random.chance(refusalRate) else {
            tally.refusedRoutes += 1
            if change.kind != .bind, routes[change.address] != nil { leftBehind.insert(change.address) }
            return false
        }
        leftBehind.remove(change.address)
        routes[change.address] = change.kind == .bind ? change.client : nil
        if random.chance(lostAckRate) {
            tally.lostAcks += 1
            return false
        }
        if change.kind == .bind { wanted[change.address] = change.client }
        return true
    }
}

/// The kernel as the committer sees it.
struct SimulatedRoutes: RouteSink {
    let model: KernelModel
    let bug: InjectedBug?

    mutating func begin(_ changes: Span<BindingChange>) { model.begin(changes) }

    mutating func finish(_ isRouted: inout MutableSpan<Bool>) {
        model.finish(&isRouted)
        if bug == .routeAckIgnored {
            for index in isRouted.indices { isRouted[index] = true }
        }
    }
}
