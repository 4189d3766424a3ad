import Addresses
public import LinuxSystem

// Orders of the control side. They wait for room in the committer, and for the changes in flight for their client.
extension PacketHandler where Outlet: ~Copyable {
    /// Carries out an order, now or as soon as it need not wait.
    public mutating func take(_ order: ControlOrder, now: BootTime) {
        orders.append(order)
        carryOutOrders(now: now)
    }

    /// Whether orders are waiting.
    public var hasOrder: Bool { !orders.isEmpty }

    /// When the first waiting order fails.
    var nextOrderDeadline: BootTime { orders.first?.deadline ?? .never }

    mutating func carryOutOrders(now: BootTime) {
        var index = 0
        while index < orders.count {
            if carryOut(orders[index], now: now) { orders.remove(at: index) } else { index += 1 }
        }
    }

    /// - Returns: whether the order is finished or with the committer, and so need not wait any longer.
    private mutating func carryOut(_ order: ControlOrder, now: BootTime) -> Bool {
        guard order.deadline > now else {
            order.fail()
            return true
        }
        guard commitRoom > 0 else { return false }
        let patience = UInt32(clamping: order.deadline.millisecondsSince(now))
        switch order.task {
        case .release(let client, let completion):
            return release(client, now: now, patienceMilliseconds: patience, completion)
        case .free(let address, let completion):
            return free(address, now: now, patienceMilliseconds: patience, completion)
        case .lease(let client, let address, let completion):
            return lease(to: client, address, now: now, patienceMilliseconds: patience, completion)
        }
    }

    private mutating func release(
        _ client: MACAddress, now: BootTime, patienceMilliseconds: UInt32,
        _ completion: @escaping @Sendable (ReleaseOutcome) -> Void
    ) -> Bool {
        switch engine.release(client, now: now, patienceMilliseconds: patienceMilliseconds) {
        case .nothingHeld, .withdrawn: completion(.released)
        case .commit(let change): commit(change) { completion(ReleaseOutcome($0)) }
        case .changeInFlight: return false
        }
        return true
    }

    private mutating func free(
        _ address: IPv4Address, now: BootTime, patienceMilliseconds: UInt32,
        _ completion: @escaping @Sendable (FreeOutcome) -> Void
    ) -> Bool {
        switch engine.free(address, now: now, patienceMilliseconds: patienceMilliseconds) {
        case .available: completion(.available)
        case .commit(let change): commit(change) { completion($0.isDurable ? .available : .refused) }
        case .held(let client): completion(.held(by: client))
        case .outsidePool: completion(.outsidePool)
        case .changeInFlight: return false
        }
        return true
    }

    private mutating func lease(
        to client: MACAddress, _ address: IPv4Address?, now: BootTime, patienceMilliseconds: UInt32,
        _ completion: @escaping @Sendable (LeaseOutcome) -> Void
    ) -> Bool {
        switch engine.lease(to: client, address, now: now, patienceMilliseconds: patienceMilliseconds) {
        case .commit(let change): commit(change) { completion($0.isDurable ? .granted(change.address) : .refused) }
        case .held(let slotIndex): completion(.held(engine.table.address(of: slotIndex)))
        case .hasOther(let held): completion(.hasOther(held))
        case .taken: completion(.taken)
        case .outsidePool: completion(.outsidePool)
        case .exhausted: completion(.exhausted)
        case .changeInFlight: return false
        }
        return true
    }

    private mutating func commit(_ change: BindingChange, _ completion: @escaping (Completion) -> Void) {
        awaited.append((change.sequence, completion))
        commit(change)
        outlet.didOrder(change)
    }

    /// Answers the order that led to a change, if an order did.
    mutating func answerOrder(_ completion: Completion) {
        guard let index = awaited.firstIndex(where: { $0.sequence == completion.change.sequence }) else { return }
        awaited.remove(at: index).completion(completion)
    }
}

extension ReleaseOutcome {
    fileprivate init(_ completion: Completion) {
        guard completion.isDurable else {
            self = .refused
            return
        }
        self = completion.isRouted ? .released : .routeRemains
    }
}
