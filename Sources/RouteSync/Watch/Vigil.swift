internal import Addresses
internal import Netlink

/// Decides what to do about the kernel's notifications, and when. It reads no clock and touches nothing
/// itself.
struct Vigil: Sendable {
    private let interfaceName: String
    private let pool: RoutePool
    /// The bridge; nil while there is none.
    private var interface: LinkMessage?
    private var suspects = Suspects()
    private var needsReconciliation = false
    /// When to act on what is known, unless more is heard before.
    private var quietAt: ContinuousClock.Instant?
    /// When to act at the latest.
    private var latestAt: ContinuousClock.Instant?
    private var fights = FightRecord()
    private var backOffUntil: ContinuousClock.Instant?

    /// What is heard within this time of each other is answered together.
    private static let quietTime = Duration.milliseconds(100)
    /// However much is heard, it is answered after this time.
    private static let patience = Duration.milliseconds(500)
    /// How long the field is left to an opponent.
    static let backOffTime = Duration.seconds(60)
    /// How long after a failed reconciliation the next is tried.
    private static let retryTime = Duration.seconds(1)

    private var interfaceIndex: UInt32? { interface?.index }
    private var isUp: Bool { interface?.isUp ?? false }

    init(interfaceName: String, pool: RoutePool) {
        self.interfaceName = interfaceName
        self.pool = pool
    }
}

// MARK: Deciding

extension Vigil {
    /// What to do now.
    enum Action: Hashable, Sendable {
        /// Nothing, until that time or the next notification.
        case wait(until: ContinuousClock.Instant?)
        /// Look at everything; somebody may have caused it.
        case reconcile(opponentPort: UInt32?)
        /// Look at these, or at everything if they are many.
        case restore(Suspects)
    }

    mutating func next(at now: ContinuousClock.Instant) -> Action {
        if let until = backOffUntil {
            guard now >= until else { return .wait(until: until) }
            backOffUntil = nil
            fights.forget()
            return act(.reconcile(opponentPort: nil))
        }
        guard let quietAt, let latestAt else { return .wait(until: nil) }
        guard now >= min(quietAt, latestAt) else { return .wait(until: min(quietAt, latestAt)) }
        if needsReconciliation { return act(.reconcile(opponentPort: suspects.opponentPort)) }
        return suspects.slots.isEmpty ? act(.wait(until: nil)) : act(.restore(suspects))
    }

    /// Starts afresh, now that all that was heard is being acted on.
    private mutating func act(_ action: Action) -> Action {
        suspects = Suspects()
        needsReconciliation = false
        quietAt = nil
        latestAt = nil
        return action
    }

    /// Notes that something was put back which somebody had removed.
    /// - Returns: whether the field is left to the opponent for a while, since that happens again and again.
    mutating func noteFight(at now: ContinuousClock.Instant) -> Bool {
        guard fights.note(at: now) else { return false }
        backOffUntil = now + Self.backOffTime
        return true
    }

    /// Notes that reconciliation failed, so that it is tried again.
    mutating func noteFailure(at now: ContinuousClock.Instant) {
        needsReconciliation = true
        quietAt = now + Self.retryTime
        latestAt = now + Self.retryTime
    }
}

// MARK: Hearing

extension Vigil {
    /// What happened to the interface.
    enum LinkChange: Hashable, Sendable {
        case cameUp
        case wentDown
        case vanished
    }

    /// Asks for a look at everything.
    mutating func requestReconciliation(at now: ContinuousClock.Instant) {
        needsReconciliation = true
        postpone(at: now)
    }

    /// Takes in one notification.
    /// - Returns: what it means for the interface, if it is about that.
    mutating func note(
        _ notification: RouteNetlinkNotification, at now: ContinuousClock.Instant
    ) -> LinkChange? {
        switch notification {
        case .lost: requestReconciliation(at: now)
        case .changed(.link(let link), _): return noteLink(link, at: now)
        case .removed(.link(let link), _):
            return link.index == interfaceIndex ? setInterface(nil, at: now) : nil
        case .removed(.address(let address), _):
            // With its last address a link loses all its routes, and nobody is told.
            if address.interfaceIndex == interfaceIndex { requestReconciliation(at: now) }
        case .changed(.address, _): break
        case .changed(.route(let route), let port), .removed(.route(let route), let port):
            noteRoute(route, byPort: port, at: now)
        case .changed(.neighbour(let neighbour), let port):
            noteNeighbour(neighbour, byPort: port, at: now)
        // Of each removal, ours too, the kernel speaks in its own name; who asked for it was heard of before, in the
        // change to a state of failure.
        case .removed(.neighbour, _): break
        }
        return nil
    }

    /// Takes in the interface as it is; nil if there is none. What is seen here first is no change any more when the
    /// notification comes.
    mutating func setInterface(_ link: LinkMessage?, at now: ContinuousClock.Instant) -> LinkChange? {
        if let link, let interface, link.hasForgottenNeighbours(since: interface) { requestReconciliation(at: now) }
        let wasUp = isUp
        let hadInterface = interface != nil
        let isNew = link?.index != interfaceIndex
        interface = link
        // What is gone with the interface needs no putting back.
        if isNew || !isUp { suspects = Suspects() }
        if link == nil { return hadInterface ? .vanished : nil }
        if isUp { return isNew || !wasUp ? .cameUp : nil }
        return isNew || wasUp ? .wentDown : nil
    }

    private mutating func noteLink(_ link: LinkMessage, at now: ContinuousClock.Instant) -> LinkChange? {
        guard link.name == interfaceName else {
            // A link that takes another name is no longer the one that is meant.
            return link.index == interfaceIndex ? setInterface(nil, at: now) : nil
        }
        let change = setInterface(link, at: now)
        if change == .cameUp { requestReconciliation(at: now) }
        return change
    }

    private mutating func noteRoute(
        _ route: RouteMessage, byPort port: UInt32, at now: ContinuousClock.Instant
    ) {
        let isInOurPlace = route.table == .main && (route.priority ?? 0) == 0 && route.tos == 0
        guard isUp, isInOurPlace, route.destination.prefixLength == 32,
            let slot = pool.slot(of: route.destination.address)
        else { return }
        suspects.insert(slot, byPort: port)
        postpone(at: now)
    }

    private mutating func noteNeighbour(
        _ neighbour: NeighbourMessage, byPort port: UInt32, at now: ContinuousClock.Instant
    ) {
        guard isUp, neighbour.interfaceIndex == interfaceIndex, let address = neighbour.address,
            let slot = pool.slot(of: address)
        else { return }
        suspects.insert(slot, byPort: port)
        postpone(at: now)
    }

    private mutating func postpone(at now: ContinuousClock.Instant) {
        quietAt = now + Self.quietTime
        latestAt = latestAt ?? now + Self.patience
    }
}

extension LinkMessage {
    /// Whether the link, between the two messages, changed in a way that makes the kernel drop its neighbours, permanent
    /// ones too.
    fileprivate func hasForgottenNeighbours(since former: LinkMessage) -> Bool {
        macAddress != former.macAddress || flags.contains(.noARP) != former.flags.contains(.noARP)
    }
}
