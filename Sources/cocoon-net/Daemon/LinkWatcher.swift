import FastDHCP
import Netlink

/// Tells when the kernel reports a change of one interface, on a thread that sleeps until then.
final class LinkWatcher: Sendable {
    /// One element for any number of changes since the last was taken.
    let changes: AsyncStream<Void>
    private let stopping: WakeUp
    private let thread: WorkerThread

    init(of interface: String) throws {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let stopping = try WakeUp()
        let watch = try RouteNetlinkWatch(types: [.newLink, .deleteLink])
        self.changes = changes
        self.stopping = stopping
        var handedOver: RouteNetlinkWatch? = consume watch
        thread = try WorkerThread(name: "link-watch") {
            guard var watch = handedOver.take() else { return }
            var polled = PollSet([watch.fileDescriptor, stopping.fileDescriptor])
            stopping.prepareToSleep()
            while !polled.isReadable(1) {
                // Both descriptors are valid: it fails only when the kernel lacks memory, and then it is tried again.
                _ = try? polled.wait()
                if Self.drain(&watch, of: interface) { continuation.yield() }
            }
            continuation.finish()
        }
    }

    /// Ends the thread and the stream.
    func stop() {
        stopping.signal()
        thread.join()
    }

    /// Takes all notifications that wait; says whether one may concern the interface.
    private static func drain(_ watch: inout RouteNetlinkWatch, of interface: String) -> Bool {
        var isConcerned = false
        while let notification = try? watch.next() {
            switch notification {
            case .changed(.link(let link), _), .removed(.link(let link), _):
                isConcerned = isConcerned || link.name == interface
            case .lost: isConcerned = true
            default: break
            }
        }
        return isConcerned
    }
}
