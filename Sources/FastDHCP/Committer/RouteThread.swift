import LinuxSystem
import Synchronization

/// A route sink with its own thread. rtnetlink does its work inside the system call, and this way the journal write
/// does not wait for it.
struct RouteThread<Routes: RouteSink & Sendable & ~Copyable>: RouteSink, ~Copyable {
    private let exchange: RouteExchange
    private let thread: WorkerThread
    private var begunCount = 0
    private var polled: PollSet<1>

    init(_ routes: consuming Routes) throws(SystemError) {
        let exchange = try RouteExchange()
        var handedOver: Routes? = consume routes
        thread = try WorkerThread(name: "dhcp-route") {
            guard var routes = handedOver.take() else { return }
            exchange.serve(&routes)
        }
        self.exchange = exchange
        polled = PollSet([exchange.answered.fileDescriptor])
    }

    mutating func begin(_ changes: Span<BindingChange>) {
        for index in changes.indices { exchange.orders.append(changes[index]) }
        begunCount = changes.count
        exchange.submit(changes.count)
    }

    mutating func finish(_ isRouted: inout MutableSpan<Bool>) {
        while exchange.answers.count < begunCount { sleep() }
        for index in 0..<begunCount { isRouted[index] = exchange.answers[index] }
        exchange.answers.removeFirst(begunCount)
        begunCount = 0
    }

    private mutating func sleep() {
        exchange.answered.prepareToSleep()
        defer { exchange.answered.clear() }
        guard exchange.answers.count < begunCount else { return }
        // If the wait fails, the caller looks again at once. See `PacketWorker.sleep`.
        _ = try? polled.wait()
    }

    deinit {
        exchange.stop()
        thread.join()
    }
}

/// The queues between the committer and its route thread.
private final class RouteExchange: Sendable {
    let orders = SingleProducerQueue<BindingChange>(capacity: BindingChange.batchCapacity)
    let answers = SingleProducerQueue<Bool>(capacity: BindingChange.batchCapacity)
    let ordered: WakeUp
    let answered: WakeUp
    /// The number of orders that make up the current batch; 0 while there is no batch, -1 to end the thread.
    private let batchSize = Atomic<Int>(0)

    init() throws(SystemError) {
        ordered = try WakeUp()
        answered = try WakeUp()
    }

    func submit(_ count: Int) {
        // ORDERING: releasing; pairs with the load in `serve`.
        batchSize.store(count, ordering: .releasing)
        ordered.signal()
    }

    func stop() { submit(-1) }

    /// The main loop of the thread.
    func serve<Routes: RouteSink & ~Copyable>(_ routes: inout Routes) {
        var changes: [BindingChange] = []
        var isRouted = [Bool](repeating: false, count: BindingChange.batchCapacity)
        changes.reserveCapacity(BindingChange.batchCapacity)
        var polled = PollSet([ordered.fileDescriptor])
        while true {
            // ORDERING: acquiring; pairs with the store in `submit`.
            let count = batchSize.load(ordering: .acquiring)
            if count < 0 { return }
            guard count > 0 else {
                sleep(&polled)
                continue
            }
            // ORDERING: relaxed; no other batch is submitted before this one is answered.
            batchSize.store(0, ordering: .relaxed)
            changes.removeAll(keepingCapacity: true)
            for index in 0..<count { changes.append(orders[index]) }
            orders.removeFirst(count)
            Self.perform(changes, on: &routes, &isRouted)
            for index in 0..<count { answers.append(isRouted[index]) }
            answered.signal()
        }
    }

    private static func perform<Routes: RouteSink & ~Copyable>(
        _ changes: [BindingChange], on routes: inout Routes, _ isRouted: inout [Bool]
    ) {
        routes.begin(changes.span)
        var flags = isRouted.mutableSpan
        var used = flags._mutatingExtracting(first: changes.count)
        routes.finish(&used)
    }

    private func sleep(_ polled: inout PollSet<1>) {
        ordered.prepareToSleep()
        defer { ordered.clear() }
        // ORDERING: relaxed; the exchange in `prepareToSleep` acquired what the committer did before its signal.
        guard batchSize.load(ordering: .relaxed) == 0 else { return }
        // If the wait fails, the caller looks again at once. See `PacketWorker.sleep`.
        _ = try? polled.wait()
    }
}
