import FastDHCP
import LinuxSystem
import Logging
import Netlink
import Synchronization

/// Tells when the kernel reports a change that matters, and when it was asked to by the clock. Its thread sleeps until
/// then.
final class KernelWatcher: Sendable {
    /// One element for any number of reasons to look since the last was taken. It ends with ``stop()`` alone.
    let changes: AsyncStream<Void>
    private let orders: WatcherOrders
    private let thread: WorkerThread

    /// - Parameter matters: whether a notification is one of those changes; the loss of some always is.
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

    /// Watches the bridge: whatever has its name, and what is served even if its name changes.
    static func bridge(named name: String, served: ServingState, log: Logger) throws -> KernelWatcher {
        try KernelWatcher(name: "link-watch", types: [.newLink, .deleteLink], log: log) { notification in
            switch notification {
            case .changed(.link(let link), _), .removed(.link(let link), _):
                link.name == name || Int32(bitPattern: link.index) == served.interface?.identity.index
            default: false
            }
        }
    }

    /// Adds an element to ``changes`` after that time, whatever the kernel reports. A later call replaces this one.
    func look(afterMilliseconds delay: UInt64) { orders.setAlarm(.now() + delay) }

    /// Ends the thread and the stream.
    func stop() {
        orders.stop()
        thread.join()
    }
}

/// What the thread of a watcher is told.
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

    /// Whether the alarm has gone off; it does so once.
    func takeAlarm(now: BootTime) -> Bool {
        state.withLock { state in
            guard let alarm = state.alarm, now >= alarm else { return false }
            state.alarm = nil
            return true
        }
    }
}

/// Which notifications a watcher asks the kernel for.
private struct Subscription: Sendable {
    let types: [NetlinkMessageType]
    let routeTable: RouteTable?
    let matters: @Sendable (RouteNetlinkNotification) -> Bool

    func open() throws(NetlinkError) -> RouteNetlinkWatch {
        try RouteNetlinkWatch(types: types, routeTable: routeTable)
    }
}

/// The thread of a watcher.
private struct Listener: ~Copyable {
    private let subscription: Subscription
    private let orders: WatcherOrders
    private let changes: AsyncStream<Void>.Continuation
    private let log: Logger
    /// Nil after it failed, until `reopening`.
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
            // The descriptors are valid: it fails only when the kernel lacks memory, and then it is tried again.
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

    /// Takes all notifications that wait; returns whether one matters, or whether some may have been missed.
    private mutating func listen(now: BootTime) -> Bool {
        do throws(NetlinkError) {
            let isNew = try reopen(now: now)
            var oneMatters = isNew
            while let notification = try watch?.next() ?? nil {
                oneMatters = oneMatters || notification == .lost || subscription.matters(notification)
            }
            if watch != nil, retry.recordSuccess() { log.notice("the kernel's notifications are heard again") }
            return oneMatters
        } catch {
            let advice = retry.recordFailure("\(error)", now: now)
            if advice.isNews {
                log.error(
                    "the kernel's notifications are not heard, so that changes may go unnoticed; trying again",
                    metadata: ["error": "\(error)"])
            }
            watch = nil
            polled.replace(0, with: -1)
            reopening = now + advice.delayMilliseconds
            return true
        }
    }

    /// Opens the watch again when it is time to; returns whether it did.
    private mutating func reopen(now: BootTime) throws(NetlinkError) -> Bool {
        guard let reopening, now >= reopening else { return false }
        let watch = try subscription.open()
        polled.replace(0, with: watch.fileDescriptor)
        self.watch = consume watch
        self.reopening = nil
        return true
    }
}
