internal import Glibc
import LinuxSystem
package import Netlink

/// Watches over the routes of a ``RouteSync`` and repairs what others break. It has a thread of its own.
package struct RouteKeeper<Kernel: RouteKernel & ~Copyable>: ~Copyable, Sendable {
    private let sync: RouteSync<Kernel>
    private var reconciler: Reconciler<Kernel>
    /// Nil after it failed, until `watchRetryAt`.
    private var watch: RouteNetlinkWatch?
    private var watchRetry = RetryTime()
    private var watchRetryAt: ContinuousClock.Instant?
    private var scheduler: RepairScheduler
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
        watch = try Self.subscribe(sync)
        scheduler = RepairScheduler(interfaceName: sync.interfaceName, pool: sync.pool)
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
    package mutating func run() {
        while step() {}
    }

    /// Waits for something to do, and does it.
    /// - Parameter deadline: when to return at the latest.
    /// - Returns: false once the keeper is to end.
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

    /// Tells what was done, and leaves those addresses alone that a process breaks again and again.
    private mutating func conclude(_ report: ReconcileReport, _ dirtySlots: DirtySlots) {
        let broken = report.brokenSlots.filter { dirtySlots.conflictingPort(of: $0) != nil }.sorted()
        tell(.reconciled(report, broken.first.flatMap { processBreaking($0, dirtySlots) }))
        let leftAlone = scheduler.recordRepairs(over: broken, at: .now)
        guard let first = leftAlone.first, let process = processBreaking(first, dirtySlots) else { return }
        tell(.leavingAlone(leftAlone.map(sync.pool.address), process, ConflictDamper.truce))
    }

    private func processBreaking(_ slot: Int, _ dirtySlots: DirtySlots) -> ConflictingProcess? {
        dirtySlots.conflictingPort(of: slot).map {
            ConflictingProcess(portID: $0, processName: ProcessName.ofNetlinkPort($0))
        }
    }

    /// Repairs what is wrong with some addresses, or with all.
    /// - Returns: nil if there is no bridge to have routes on, or if the kernel could not be asked.
    private mutating func repair(_ dirtySlots: DirtySlots?) -> ReconcileReport? {
        do throws(NetlinkError) {
            let link = try reconciler.findInterface()
            let change = scheduler.setInterface(link, at: .now)
            report(change)
            guard let link, link.isUp else { return nil }
            let report: ReconcileReport
            // On an interface that is new, or was down, all routes are missing. Its notification is no news any more.
            if let dirtySlots, dirtySlots.count <= Self.singleLookUpLimit, change != .cameUp {
                report = try reconciler.restore(dirtySlots.slots, interfaceIndex: link.index)
            } else {
                let tell = tell
                report = try reconciler.reconcile(interfaceIndex: link.index) { done, total in
                    tell(.progress(done: done, total: total))
                }
            }
            if report.failures > 0 { scheduler.recordFailure(at: .now) } else { scheduler.recordSuccess() }
            return report
        } catch {
            scheduler.recordFailure(at: .now)
            tell(.reconciliationFailed(error))
            return nil
        }
    }

    /// Up to this many addresses are looked up one by one; beyond that it is faster to look at all.
    private static var singleLookUpLimit: Int { 1000 }
}

// MARK: Listening

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
            // Both descriptors are valid, so the kernel lacks memory; it is given a moment.
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

    /// Takes in all notifications that wait. While that fails, the watch is opened anew by the clock.
    private mutating func listen() {
        do throws(NetlinkError) {
            try resubscribe()
            guard watch != nil else { return }
            while let notification = try watch?.next() ?? nil {
                if notification == .lost { tell(.notificationsLost) }
                report(scheduler.observe(notification, at: .now))
            }
            watchRetry.reset()
        } catch {
            watch = nil
            watchRetryAt = watchRetry.next(after: .now)
            tell(.notificationsFailed(error))
        }
    }

    /// Opens the watch again when it is time to. Nobody knows what it would have heard meanwhile.
    private mutating func resubscribe() throws(NetlinkError) {
        guard let time = watchRetryAt, .now >= time else { return }
        watch = try Self.subscribe(sync)
        watchRetryAt = nil
        scheduler.requestReconciliation(at: .now)
    }

    private func report(_ change: RepairScheduler.LinkChange?) {
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
