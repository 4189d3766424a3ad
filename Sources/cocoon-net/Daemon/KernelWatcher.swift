import FastDHCP
import LinuxSystem
import Logging
import Netlink
import Synchronization

/// Signals when the kernel reports a relevant change, or when the time set with ``look(afterMilliseconds:)`` has come. Its
/// thread sleeps until then.
final class KernelWatcher: Sendable {
    /// Yields one element however many changes came since the last element was taken. Only ``stop()`` ends it.
    let changes: AsyncStream<Void>
    private let orders: WatcherOrders
    private let thread: WorkerThread

    /// - Parameter matters: whether a notification is relevant. Lost notifications always count as relevant.
    init(
        name: String, types: [NetlinkMessageType], routeTable: RouteTable? = nil, log: Logger,
        _ matters: @escaping @Sendable (RouteNetlinkNotification) -> Bool
    ) throws {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let orders = try WatcherOrders()
        let listener = try Listener(
            subscription: Subscription(types: types, routeTable: routeTable, matters: matters), orders: orders,
            changes: continuation, log: log)
        self.changes = changes
        self.orders = orders
        var handedOver: Listener? = consume listener
        thread = try WorkerThread(name: name) {
            guard var listener = handedOver.take() else { return }
            listener.run()
        }
    }

    /// Watches the bridge: any interface of that name, and the interface being served, even if it is renamed.
    static func bridge(named name: String, served: ServingState, log: Logger) throws -> KernelWatcher {
        try KernelWatcher(name: "link-watch", types: [.newLink, .deleteLink], log: log) { notification in
            switch notification {
            case .changed(.link(let link), _), .removed(.link(let link), _):
                link.name == name || Int32(bitPattern: link.index) == served.interface?.identity.index
            default: false
            }
        }
    }

    /// Adds an element to ``changes`` after the delay, even if the kernel reports nothing. A later call replaces an
    /// earlier one.
    func look(afterMilliseconds delay: UInt64) { orders.setAlarm(.now() + delay) }

    /// Ends the thread and the stream.
    func stop() {
        orders.stop()
        thread.join()
    }
}

/// The requests to a watcher's thread: the alarm time, and whether to stop.
private final class WatcherOrders: Sendable {
    private struct State {
        var alarm: BootTime?
        var isStopped = false
    }

    private let state = Mutex(State())
    let wakeUp: WakeUp

    init() throws { wakeUp = try WakeUp() }

    func setAlarm(_ time: BootTime) {
        state.withLock { $0.alarm = time }
        wakeUp.signal()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        wakeUp.signal()
    }

    var isStopped: Bool { state.withLock { $0.isStopped } }
    var alarm: BootTime? { state.withLock { $0.alarm } }

    /// Whether the alarm is due. Clears it if so, so each alarm fires once.
    func takeAlarm(now: BootTime) -> Bool {
        state.withLock { state in
            guard let alarm = state.alarm, now >= alarm else { return false }
            state.alarm = nil
            return true
        }
    }
}

/// The notifications that a watcher subscribes to.
private struct Subscription: Sendable {
    let types: [NetlinkMessageType]
    let routeTable: RouteTable?
    let matters: @Sendable (RouteNetlinkNotification) -> Bool

    func open() throws(NetlinkError) -> RouteNetlinkWatch {
        try RouteNetlinkWatch(types: types, routeTable: routeTable)
    }
}

/// The loop of a watcher's thread.
private struct Listener: ~Copyable {
    private let subscription: Subscription
    private let orders: WatcherOrders
    private let changes: AsyncStream<Void>.Continuation
    private let log: Logger
    /// Nil after a failure, until it is opened again at `reopening`.
    private var watch: RouteNetlinkWatch?
    private var reopening: BootTime?
    private var retry = Retry()
    private var polled: PollSet<2>

    init(
        subscription: Subscription, orders: WatcherOrders, changes: AsyncStream<Void>.Continuation, log: Logger
    ) throws {
        self.subscription = subscription
        self.orders = orders
        self.changes = changes
        self.log = log
        let watch = try subscription.open()
        polled = PollSet([watch.fileDescriptor, orders.wakeUp.fileDescriptor])
        self.watch = consume watch
    }

    mutating func run() {
        while true {
            orders.wakeUp.prepareToSleep()
            if orders.isStopped { break }
            // The descriptors are valid, so this fails only when the kernel lacks memory. Then the loop tries again.
            _ = try? polled.wait(timeoutMilliseconds: timeoutMilliseconds(now: .now()))
            orders.wakeUp.clear()
            let now = BootTime.now()
            let isDue = orders.takeAlarm(now: now)
            if listen(now: now) || isDue { changes.yield() }
        }
        changes.finish()
    }

    private func timeoutMilliseconds(now: BootTime) -> Int32 {
        guard let next = [orders.alarm, reopening].compactMap({ $0 }).min() else { return -1 }
        return Int32(clamping: next.millisecondsSince(now))
    }

    /// Reads all pending notifications. Returns whether one is relevant, or some may have been missed.
    private mutating func listen(now: BootTime) -> Bool {
        do throws(NetlinkError) {
            let isNew = try reopen(now: now)
            var oneMatters = isNew
            while let notification = try watch?.next() ?? nil {
                oneMatters = oneMatters || notification == .lost || subscription.matters(notification)
            }
            if watch != nil, retry.recordSuccess() { log.notice("receiving the kernel's notifications again") }
            return oneMatters
        } catch {
            let advice = retry.recordFailure("\(error)", now: now)
            if advice.isNews {
                log.error(
                    "cannot receive the kernel's notifications, so changes may go unnoticed; trying again",
                    metadata: ["error": "\(error)"])
            }
            watch = nil
            polled.replace(0, with: -1)
            reopening = now + advice.delayMilliseconds
            return true
        }
    }

    /// Opens the watch again if it is time to. Returns whether it did.
    private mutating func reopen(now: BootTime) throws(NetlinkError) -> Bool {
        guard let reopening, now >= reopening else { return false }
        let watch = try subscription.open()
        polled.replace(0, with: watch.fileDescriptor)
        self.watch = consume watch
        self.reopening = nil
        return true
    }
}
