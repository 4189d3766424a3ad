import FastDHCP
import Netlink

/// Tells when the kernel reports a change that matters, on a thread that sleeps until then.
final class KernelWatcher: Sendable {
    /// One element for any number of changes since the last was taken.
    let changes: AsyncStream<Void>
    private let stopping: WakeUp
    private let thread: WorkerThread

    /// - Parameter matters: whether a notification is one of those changes; the loss of some always is.
    init(
        name: String, types: [Netlink.MessageType], routeTable: RouteTable? = nil,
        _ matters: @escaping @Sendable (RouteNetlinkNotification) -> Bool
    ) throws {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let stopping = try WakeUp()
        let watch = try RouteNetlinkWatch(types: types, routeTable: routeTable)
        self.changes = changes
        self.stopping = stopping
        var handedOver: RouteNetlinkWatch? = consume watch
        thread = try WorkerThread(name: name) {
            guard var watch = handedOver.take() else { return }
            var polled = PollSet([watch.fileDescriptor, stopping.fileDescriptor])
            stopping.prepareToSleep()
            while !polled.isReadable(1) {
                // Both descriptors are valid: it fails only when the kernel lacks memory, and then it is tried again.
                _ = try? polled.wait()
                if Self.drain(&watch, matters) { continuation.yield() }
            }
            continuation.finish()
        }
    }

    /// Watches one interface.
    static func link(named interface: String) throws -> KernelWatcher {
        try KernelWatcher(name: "link-watch", types: [.newLink, .deleteLink]) { notification in
            switch notification {
            case .changed(.link(let link), _), .removed(.link(let link), _): link.name == interface
            default: false
            }
        }
    }

    /// Ends the thread and the stream.
    func stop() {
        stopping.signal()
        thread.join()
    }

    /// Takes all notifications that wait; says whether one matters.
    private static func drain(
        _ watch: inout RouteNetlinkWatch, _ matters: (RouteNetlinkNotification) -> Bool
    ) -> Bool {
        var oneMatters = false
        while let notification = try? watch.next() {
            oneMatters = oneMatters || notification == .lost || matters(notification)
        }
        return oneMatters
    }
}
