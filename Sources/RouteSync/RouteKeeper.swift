package import Netlink

/// Watches over the routes of a ``RouteSync`` and repairs what others break. It has a thread of its own.
package struct RouteKeeper<Kernel: RouteKernel & ~Copyable>: ~Copyable, Sendable {
    private let sync: RouteSync<Kernel>
    private var reconciler: Reconciler<Kernel>
    private var watch: RouteNetlinkWatch
    private var vigil: Vigil
    private let tell: @Sendable (RouteSyncEvent) -> Void

    /// Starts to listen, in the network namespace of the calling thread.
    /// - Parameter reader: a connection of its own, to look while others write.
    /// - Parameter report: is called on the thread that calls the keeper.
    package init(
        _ sync: RouteSync<Kernel>, reader: consuming Kernel,
        report: @escaping @Sendable (RouteSyncEvent) -> Void
    ) throws(NetlinkError) {
        self.sync = sync
        self.tell = report
        watch = try RouteNetlinkWatch(
            types: [.newLink, .deleteLink, .deleteAddress, .newRoute, .deleteRoute, .newNeighbour],
            ignoredPorts: [sync.portID])
        vigil = Vigil(interfaceName: sync.interfaceName, pool: sync.pool)
        reconciler = Reconciler(sync, reader: reader)
    }

    /// Makes the kernel equal to the wanted set, if the bridge is there and up. If it is not, that happens
    /// when it comes.
    package mutating func reconcile() {
        if let report = repair(nil) { tell(.reconciled(report, nil)) }
    }

    /// Removes all our routes and neighbours of the pool, and wants none any more.
    package mutating func tearDown() {
        sync.withState { $0.wanted.dropAll() }
        reconcile()
    }

    /// Keeps watch until ``RouteSync/stop()``.
    package mutating func run() throws(NetlinkError) {
        while try step() {}
    }

    /// Waits for something to do, and does it.
    /// - Parameter deadline: when to return at the latest.
    /// - Returns: false once the keeper is to end.
    package mutating func step(until deadline: ContinuousClock.Instant? = nil) throws(NetlinkError) -> Bool {
        switch vigil.next(at: .now) {
        case .reconcile(let opponentPort):
            if let report = repair(nil) { conclude(report, opponentPort) }
        case .restore(let suspects):
            if let report = repair(suspects.slots), report.hasFindings {
                conclude(report, suspects.opponentPort)
            }
        case .wait(let until): try wait(until: [until, deadline].compactMap { $0 }.min())
        }
        return sync.withState { !$0.isStopped }
    }

    /// Tells what was done, and leaves the field to somebody who undoes it again and again.
    private mutating func conclude(_ report: ReconcileReport, _ opponentPort: UInt32?) {
        guard let opponentPort, report.hasFindings else {
            tell(.reconciled(report, nil))
            return
        }
        let opponent = Opponent(portID: opponentPort, processName: processName(ofPort: opponentPort))
        tell(.reconciled(report, opponent))
        if vigil.noteFight(at: .now) { tell(.backingOff(opponent, Vigil.backOffTime)) }
    }

    /// Repairs what is wrong with some addresses, or with all.
    /// - Returns: nil if there is no bridge to have routes on, or if the kernel could not be asked.
    private mutating func repair(_ slots: Set<Int>?) -> ReconcileReport? {
        do throws(NetlinkError) {
            let link = try reconciler.findInterface()
            note(vigil.setInterface(link, at: .now))
            guard let link, link.isUp else { return nil }
            let report: ReconcileReport
            if let slots, slots.count <= Self.singleLookUpLimit {
                report = try reconciler.restore(slots, interfaceIndex: link.index)
            } else {
                let tell = tell
                report = try reconciler.reconcile(interfaceIndex: link.index) { done, total in
                    tell(.progress(done: done, total: total))
                }
            }
            if report.failures > 0 { vigil.noteFailure(at: .now) }
            return report
        } catch {
            vigil.noteFailure(at: .now)
            tell(.reconciliationFailed(error))
            return nil
        }
    }

    /// Up to this many addresses are looked up one by one; beyond that it is faster to look at all.
    private static var singleLookUpLimit: Int { 1000 }

    private mutating func wait(until deadline: ContinuousClock.Instant?) throws(NetlinkError) {
        let isReady: [Bool]
        do throws(ErrorNumber) {
            isReady = try waitReadable(
                [watch.fileDescriptor, sync.attention.fileDescriptor],
                for: deadline.map { $0 - ContinuousClock.now })
        } catch {
            throw NetlinkError("wait for notifications", error)
        }
        if isReady[0] { try listen() }
        if isReady[1] {
            sync.attention.wait()
            if sync.withState({ $0.takeRequest() }) { vigil.requestReconciliation(at: .now) }
        }
    }

    private mutating func listen() throws(NetlinkError) {
        while let notification = try watch.next() {
            if notification == .lost { tell(.notificationsLost) }
            note(vigil.note(notification, at: .now))
        }
    }

    private func note(_ change: Vigil.LinkChange?) {
        switch change {
        case .cameUp: tell(.interfaceCameUp)
        case .wentDown: tell(.interfaceWentDown)
        case .vanished:
            sync.withState { $0.interfaceIndex = nil }
            tell(.interfaceVanished)
        case nil: break
        }
    }
}
