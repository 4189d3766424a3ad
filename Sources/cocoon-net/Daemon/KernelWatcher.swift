import FastDHCP
import LinuxSystem
import Logging
import Netlink
import Node
import Synchronization

/// Signals when the kernel reports a relevant change, or when the time set with ``look(afterMilliseconds:)`` has come. Its
/// thread sleeps until then.
final class KernelWatcher: Sendable {
    /// Yields one element when the watch begins, and then one however many changes came since the last element was taken.
    /// Only ``stop()`` ends it.
    let changes: AsyncStream<Void>
    private let orders: WatcherOrders
    private let thread: WorkerThread

    /// - Parameter quiet: after a relevant notification, how many milliseconds to leave later ones unread.
    /// - Parameter open: subscribes to the notifications.
    private init<Source: ChangeSource & ~Copyable & Sendable>(
        name: String, quiet: UInt64 = 0, log: Logger, _ open: @escaping @Sendable () throws(NetlinkError) -> Source
    ) throws {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let orders = try WatcherOrders()
        let listener = Listener(quiet: quiet, orders: orders, changes: continuation, log: log, open)
        self.changes = changes
        self.orders = orders
        var handedOver: Listener<Source>? = consume listener
        thread = try WorkerThread(name: name) {
            guard var listener = handedOver.take() else { return }
            listener.run()
        }
    }

    /// Watches the kernel's routing tables and interfaces.
    /// - Parameter matters: whether a notification is relevant. Lost notifications always count as relevant.
    convenience init(
        name: String, types: [NetlinkMessageType], routeTable: RouteTable? = nil, log: Logger,
        _ matters: @escaping @Sendable (RouteNetlinkNotification) -> Bool
    ) throws {
        try self.init(name: name, log: log) { () throws(NetlinkError) in
            RouteSource(watch: try RouteNetlinkWatch(types: types, routeTable: routeTable), matters: matters)
        }
    }

    /// Watches what a node's setup determines, and the interface being served, even if it is renamed.
    static func node(_ keeper: NodeKeeper, served: ServingState, log: Logger) throws -> KernelWatcher {
        let types: [NetlinkMessageType] = [.newLink, .deleteLink, .newAddress, .deleteAddress, .newSettings]
        return try KernelWatcher(name: "link-watch", types: types, log: log) { notification in
            if keeper.setup.isConcerned(by: notification, given: keeper.interfaces) { return true }
            return switch notification {
            case .changed(.link(let link), _), .removed(.link(let link), _):
                Int32(bitPattern: link.index) == served.interface?.identity.index
            default: false
            }
        }
    }

    /// Watches the nftables rules. Other programs, such as kube-proxy, may change them many times a second.
    static func rules(log: Logger) throws -> KernelWatcher {
        try KernelWatcher(name: "rule-watch", quiet: 1000, log: log) { () throws(NetlinkError) in try RuleWatch() }
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

/// Where a watcher's notifications come from.
private protocol ChangeSource: ~Copyable {
    /// Readable while notifications are queued.
    var fileDescriptor: Int32 { get }

    /// Takes all queued notifications. Returns whether one is relevant, or some may have been missed.
    mutating func takeAll() throws(NetlinkError) -> Bool
}

extension RuleWatch: ChangeSource {}

private struct RouteSource: ChangeSource, ~Copyable, Sendable {
    var watch: RouteNetlinkWatch
    let matters: @Sendable (RouteNetlinkNotification) -> Bool

    var fileDescriptor: Int32 { watch.fileDescriptor }

    mutating func takeAll() throws(NetlinkError) -> Bool {
        var oneMatters = false
        while let notification = try watch.next() {
            oneMatters = oneMatters || notification == .lost || matters(notification)
        }
        return oneMatters
    }
}

/// The loop of a watcher's thread.
private struct Listener<Source: ChangeSource & ~Copyable & Sendable>: ~Copyable {
    private let open: @Sendable () throws(NetlinkError) -> Source
    private let quiet: UInt64
    private let orders: WatcherOrders
    private let changes: AsyncStream<Void>.Continuation
    private let log: Logger
    /// Nil until it is opened at `opening`: at first, and again after a failure.
    private var source: Source?
    private var opening: BootTime?
    /// When to listen again; nil while listening.
    private var quietEnd: BootTime?
    private var retry = Retry()
    private var polled: PollSet<2>

    init(
        quiet: UInt64, orders: WatcherOrders, changes: AsyncStream<Void>.Continuation, log: Logger,
        _ open: @escaping @Sendable () throws(NetlinkError) -> Source
    ) {
        self.open = open
        self.quiet = quiet
        self.orders = orders
        self.changes = changes
        self.log = log
        opening = .now()
        polled = PollSet([-1, orders.wakeUp.fileDescriptor])
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
        guard let next = [orders.alarm, opening, quietEnd].compactMap({ $0 }).min() else { return -1 }
        return Int32(clamping: next.millisecondsSince(now))
    }

    /// Reads all pending notifications. Returns whether one is relevant, or some may have been missed.
    private mutating func listen(now: BootTime) -> Bool {
        do throws(NetlinkError) {
            let isNew = try openIfDue(now: now)
            let oneMatters = try hears(now: now)
            guard isNew || oneMatters else { return false }
            if quiet > 0 {
                polled.replace(0, with: -1)
                quietEnd = now + quiet
            }
            return true
        } catch {
            let advice = retry.recordFailure("\(error)", now: now)
            if advice.isNews {
                log.error(
                    "cannot receive the kernel's notifications, so changes may go unnoticed; trying again",
                    metadata: ["error": "\(error)"])
            }
            source = nil
            polled.replace(0, with: -1)
            opening = now + advice.delayMilliseconds
            return true
        }
    }

    private mutating func hears(now: BootTime) throws(NetlinkError) -> Bool {
        if let quietEnd {
            guard now >= quietEnd else { return false }
            self.quietEnd = nil
            polled.replace(0, with: source?.fileDescriptor ?? -1)
        }
        let oneMatters = try source?.takeAll() ?? false
        if source != nil, retry.recordSuccess() { log.notice("receiving the kernel's notifications again") }
        return oneMatters
    }

    /// Opens the source if it is time to. Returns whether it did.
    private mutating func openIfDue(now: BootTime) throws(NetlinkError) -> Bool {
        guard let opening, now >= opening else { return false }
        let source = try open()
        polled.replace(0, with: source.fileDescriptor)
        self.source = consume source
        self.opening = nil
        return true
    }
}
