internal import Glibc
import LinuxSystem
package import Netlink

/// Watches the routes of a ``RouteSync`` and repairs what others break. Runs on its own thread.
package struct RouteKeeper<Kernel: RouteKernel & ~Copyable>: ~Copyable, Sendable {
    private let sync: RouteSync<Kernel>
    private var reconciler: Reconciler<Kernel>
    /// Nil after a failure, until `watchRetryAt`.
    private var watch: RouteNetlinkWatch?
    private var watchRetry = RetryTime()
    private var watchRetryAt: ContinuousClock.Instant?
    private var scheduler: RepairScheduler
    private let emit: @Sendable (RouteSyncEvent) -> Void

    /// Subscribes to notifications in the network namespace of the calling thread.
    /// - Parameter reader: a separate connection, to read the kernel's tables while others write.
    /// - Parameter report: is called on the thread that calls the keeper.
    package init(
        _ sync: RouteSync<Kernel>, reader: consuming Kernel,
        report: @escaping @Sendable (RouteSyncEvent) -> Void
    ) throws(NetlinkError) {
        self.sync = sync
        self.emit = report
        watch = try Self.subscribe(sync)
        scheduler = RepairScheduler(interfaceName: sync.interfaceName, pool: sync.pool)
        reconciler = Reconciler(sync, reader: reader)
    }

    /// Makes the kernel equal to the wanted set if the bridge is there and up. Otherwise ``run()`` does it when the
    /// bridge comes up.
    package mutating func reconcile() {
        if let report = repair(nil) { emit(.reconciled(report, nil)) }
    }

    /// Removes all our routes and neighbours of the pool, and empties the wanted set.
    package mutating func tearDown() {
        sync.withState { $0.wanted.dropAll() }
        reconcile()
    }

    /// Keeps watching until ``RouteSync/stop()``.
    package mutating func run() {
        while step() {}
    }

    /// Waits for something to do, and does it.
    /// - Parameter deadline: when to return at the latest.
    /// - Returns: false when the keeper is to end.
    package mutating func step(until deadline: ContinuousClock.Instant? = nil) -> Bool {
        switch scheduler.next(at: .now) {
        case .reconcile(let dirtySlots):
            if let report = repair(nil) { conclude(report, dirtySlots) }
        case .restore(let dirtySlots):
            if let report = repair(dirtySlots), report.hasFindings { conclude(report, dirtySlots) }
        case .wait(let until): wait(until: [until, deadline, watchRetryAt].compactMap { $0 }.min())
        }
        return sync.withState { !$0.isStopped }
    }

    /// Reports what was done, and suspends the repair of addresses that a process breaks again and again.
    private mutating func conclude(_ report: ReconcileReport, _ dirtySlots: DirtySlots) {
        let broken = report.brokenSlots.filter { dirtySlots.conflictingPort(of: $0) != nil }.sorted()
        emit(.reconciled(report, broken.first.flatMap { processBreaking($0, dirtySlots) }))
        let leftAlone = scheduler.recordRepairs(over: broken, at: .now)
        guard let first = leftAlone.first, let process = processBreaking(first, dirtySlots) else { return }
        emit(.leavingAlone(leftAlone.map(sync.pool.address), process, ConflictDamper.truce))
    }

    private func processBreaking(_ slot: Int, _ dirtySlots: DirtySlots) -> ConflictingProcess? {
        dirtySlots.conflictingPort(of: slot).map {
            ConflictingProcess(portID: $0, processName: ProcessName.ofNetlinkPort($0))
        }
    }

    /// Repairs some addresses, or all of them.
    /// - Parameter dirtySlots: the slots to check; nil for all.
    /// - Returns: nil if there is no bridge that is up, or if the kernel could not be asked.
    private mutating func repair(_ dirtySlots: DirtySlots?) -> ReconcileReport? {
        do throws(NetlinkError) {
            let link = try reconciler.findInterface()
            let change = scheduler.setInterface(link, at: .now)
            report(change)
            guard let link, link.isUp else { return nil }
            let report: ReconcileReport
            // On a new interface, or one that was down, all routes are missing. The later notification about it then
            // changes nothing.
            if let dirtySlots, dirtySlots.count <= Self.singleLookUpLimit, change != .cameUp {
                report = try reconciler.restore(dirtySlots.slots, interfaceIndex: link.index)
            } else {
                let emit = emit
                report = try reconciler.reconcile(interfaceIndex: link.index) { done, total in
                    emit(.progress(done: done, total: total))
                }
            }
            if report.failures > 0 { scheduler.recordFailure(at: .now) } else { scheduler.recordSuccess() }
            return report
        } catch {
            scheduler.recordFailure(at: .now)
            emit(.reconciliationFailed(error))
            return nil
        }
    }

    /// Up to this many addresses are looked up one by one. For more it is faster to read all routes.
    private static var singleLookUpLimit: Int { 1000 }
}

// MARK: Receiving notifications

extension RouteKeeper where Kernel: ~Copyable {
    private static func subscribe(_ sync: RouteSync<Kernel>) throws(NetlinkError) -> RouteNetlinkWatch {
        try RouteNetlinkWatch(
            types: [.newLink, .deleteLink, .deleteAddress, .newRoute, .deleteRoute, .newNeighbour],
            ignoredPorts: [sync.portID])
    }

    private mutating func wait(until deadline: ContinuousClock.Instant?) {
        var polled = PollSet([watch?.fileDescriptor ?? -1, sync.attention.fileDescriptor])
        do throws(SystemError) {
            try polled.wait(for: deadline.map { $0 - ContinuousClock.now })
        } catch {
            // Both descriptors are valid, so the kernel is out of memory. Give it a moment.
            usleep(Self.pauseMicroseconds)
            return
        }
        listen()
        if polled.isReadable(1) {
            sync.attention.take()
            if sync.withState({ $0.takeRequest() }) { scheduler.requestReconciliation(at: .now) }
        }
    }

    private static var pauseMicroseconds: UInt32 { 100_000 }

    /// Processes all pending notifications. After a failure, the watch is opened again after a delay.
    private mutating func listen() {
        do throws(NetlinkError) {
            try resubscribe()
            guard watch != nil else { return }
            while let notification = try watch?.next() ?? nil {
                if notification == .lost { emit(.notificationsLost) }
                report(scheduler.observe(notification, at: .now))
            }
            watchRetry.reset()
        } catch {
            watch = nil
            watchRetryAt = watchRetry.next(after: .now)
            emit(.notificationsFailed(error))
        }
    }

    /// Opens the watch again when its retry time has come. What happened in the meantime is unknown, so everything is
    /// checked.
    private mutating func resubscribe() throws(NetlinkError) {
        guard let time = watchRetryAt, .now >= time else { return }
        watch = try Self.subscribe(sync)
        watchRetryAt = nil
        scheduler.requestReconciliation(at: .now)
    }

    private func report(_ change: RepairScheduler.LinkChange?) {
        switch change {
        case .cameUp: emit(.interfaceCameUp)
        case .wentDown: emit(.interfaceWentDown)
        case .vanished:
            sync.withState { $0.interfaceIndex = nil }
            emit(.interfaceVanished)
        case nil: break
        }
    }
}
