internal import Addresses
internal import Netlink

/// Decides what to do about the kernel's notifications, and when. It reads no clock and changes nothing itself.
struct RepairScheduler: Sendable {
    private let interfaceName: String
    private let pool: RoutePool
    /// The bridge; nil while there is none.
    private var interface: LinkMessage?
    private var dirtySlots = DirtySlots()
    private var needsReconciliation = false
    /// When to act on the notifications so far, unless more arrive before then.
    private var quietAt: ContinuousClock.Instant?
    /// When to act at the latest.
    private var latestAt: ContinuousClock.Instant?
    private var damper = ConflictDamper()
    private var retry = RetryTime()

    /// Notifications that arrive within this time of each other are handled together.
    private static let quietTime = Duration.milliseconds(100)
    /// Notifications are handled after this time at the latest, even if more keep arriving.
    private static let patience = Duration.milliseconds(500)

    private var interfaceIndex: UInt32? { interface?.index }
    private var isUp: Bool { interface?.isUp ?? false }

    init(interfaceName: String, pool: RoutePool) {
        self.interfaceName = interfaceName
        self.pool = pool
    }
}

// MARK: Deciding

extension RepairScheduler {
    /// What to do now.
    enum Action: Hashable, Sendable {
        /// Do nothing until that time or the next notification.
        case wait(until: ContinuousClock.Instant?)
        /// Check everything, including addresses that are being left alone. The given slots may be broken.
        case reconcile(DirtySlots)
        /// Check the given slots, or everything if they are many.
        case restore(DirtySlots)
    }

    mutating func next(at now: ContinuousClock.Instant) -> Action {
        lookAfter(damper.endTruces(at: now), at: now)
        guard let due = [quietAt, latestAt].compactMap({ $0 }).min() else {
            return .wait(until: damper.nextTruceEnd)
        }
        guard now >= due else { return .wait(until: [due, damper.nextTruceEnd].compactMap { $0 }.min()) }
        if needsReconciliation { return act(.reconcile(dirtySlots)) }
        return act(dirtySlots.isEmpty ? .wait(until: damper.nextTruceEnd) : .restore(dirtySlots))
    }

    /// Marks addresses dirty that were left alone until now.
    private mutating func lookAfter(_ slots: [Int], at now: ContinuousClock.Instant) {
        guard !slots.isEmpty else { return }
        for slot in slots { dirtySlots.insert(slot, byPort: 0) }
        latestAt = now
    }

    /// Clears everything that was collected, because it is now being acted on.
    private mutating func act(_ action: Action) -> Action {
        dirtySlots = DirtySlots()
        needsReconciliation = false
        quietAt = nil
        latestAt = nil
        return action
    }

    /// Records that these slots were restored after a process had broken them.
    /// - Returns: the slots that are left alone for a while, because this happened again and again.
    mutating func recordRepairs(over slots: some Sequence<Int>, at now: ContinuousClock.Instant) -> [Int] {
        damper.recordRepairs(over: slots, at: now)
    }

    /// Records that a check or a repair failed, so that everything is checked again.
    mutating func recordFailure(at now: ContinuousClock.Instant) {
        let time = retry.next(after: now)
        needsReconciliation = true
        quietAt = time
        latestAt = time
    }

    /// Records that a check and a repair succeeded.
    mutating func recordSuccess() { retry.reset() }
}

// MARK: Handling notifications

extension RepairScheduler {
    /// What happened to the interface.
    enum LinkChange: Hashable, Sendable {
        case cameUp
        case wentDown
        case vanished
    }

    /// Requests a full reconciliation.
    mutating func requestReconciliation(at now: ContinuousClock.Instant) {
        needsReconciliation = true
        postpone(at: now)
    }

    /// Handles one notification.
    /// - Returns: what it means for the interface, if it is about the interface.
    mutating func observe(
        _ notification: RouteNetlinkNotification, at now: ContinuousClock.Instant
    ) -> LinkChange? {
        switch notification {
        case .lost: requestReconciliation(at: now)
        case .changed(.link(let link), _): return observeLink(link, at: now)
        case .removed(.link(let link), _):
            return link.index == interfaceIndex ? setInterface(nil, at: now) : nil
        case .removed(.address(let address), _):
            // When a link loses its last address, it loses all its routes, and the kernel sends no notification about
            // them.
            if address.interfaceIndex == interfaceIndex { requestReconciliation(at: now) }
        case .changed(.address, _), .changed(.settings, _), .removed(.settings, _): break
        case .changed(.route(let route), let port), .removed(.route(let route), let port):
            observeRoute(route, byPort: port, at: now)
        case .changed(.neighbour(let neighbour), let port):
            observeNeighbour(neighbour, byPort: port, at: now)
        // The kernel reports every removal of a neighbour in its own name, even ours. The process that asked for it was
        // named before, in the notification that the entry changed to a failed state.
        case .removed(.neighbour, _): break
        }
        return nil
    }

    /// Updates what is known about the interface; nil if there is none. A change that is seen here first is not
    /// reported again when its notification arrives.
    mutating func setInterface(_ link: LinkMessage?, at now: ContinuousClock.Instant) -> LinkChange? {
        if let link, let interface, link.hasForgottenNeighbours(since: interface) { requestReconciliation(at: now) }
        let wasUp = isUp
        let hadInterface = interface != nil
        let isNew = link?.index != interfaceIndex
        interface = link
        // What was lost with the interface is blamed on no process, and is restored even if its address was being
        // left alone.
        if isNew || isUp != wasUp {
            dirtySlots = DirtySlots()
            damper.forget()
            retry.reset()
        }
        if link == nil { return hadInterface ? .vanished : nil }
        if isUp { return isNew || !wasUp ? .cameUp : nil }
        return isNew || wasUp ? .wentDown : nil
    }

    private mutating func observeLink(_ link: LinkMessage, at now: ContinuousClock.Instant) -> LinkChange? {
        guard link.name == interfaceName else {
            // A link that was renamed is no longer our bridge.
            return link.index == interfaceIndex ? setInterface(nil, at: now) : nil
        }
        let change = setInterface(link, at: now)
        if change == .cameUp { requestReconciliation(at: now) }
        return change
    }

    private mutating func observeRoute(
        _ route: RouteMessage, byPort port: UInt32, at now: ContinuousClock.Instant
    ) {
        let isInOurPlace = route.table == .main && (route.priority ?? 0) == 0 && route.tos == 0
        guard isUp, isInOurPlace, route.destination.prefixLength == 32,
            let slot = pool.slot(of: route.destination.address)
        else { return }
        markDirty(slot, byPort: port, at: now)
    }

    private mutating func observeNeighbour(
        _ neighbour: NeighbourMessage, byPort port: UInt32, at now: ContinuousClock.Instant
    ) {
        guard isUp, neighbour.interfaceIndex == interfaceIndex, let address = neighbour.address,
            let slot = pool.slot(of: address)
        else { return }
        markDirty(slot, byPort: port, at: now)
    }

    private mutating func markDirty(_ slot: Int, byPort port: UInt32, at now: ContinuousClock.Instant) {
        // The slot is checked when its truce ends.
        guard !damper.isTruce(over: slot) else { return }
        dirtySlots.insert(slot, byPort: port)
        postpone(at: now)
    }

    private mutating func postpone(at now: ContinuousClock.Instant) {
        quietAt = now + Self.quietTime
        latestAt = latestAt ?? now + Self.patience
    }
}

extension LinkMessage {
    /// Whether the link has changed, between the two messages, in a way that makes the kernel drop its neighbours,
    /// including permanent ones.
    fileprivate func hasForgottenNeighbours(since former: LinkMessage) -> Bool {
        macAddress != former.macAddress || flags.contains(.noARP) != former.flags.contains(.noARP)
    }
}
