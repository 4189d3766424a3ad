import NIOCore
import Synchronization

/// The connections of one listener. As many as the limit stay open; one more is accepted, and takes the place of the one
/// that has been idle the longest. Further ones wait in the socket's backlog until that place is free.
///
/// Idle is a connection without a whole request that waits for its answer.
final class Connections: Sendable {
    /// How many stay open.
    static let limit = 64
    /// How long a connection keeps its place without a request: a client sends it right after it has connected, and in a
    /// burst none of them is to be closed before its request was read.
    private static let grace = TimeAmount.milliseconds(100)

    private struct State {
        var openCount = 0
        /// The one that has been idle the longest comes first.
        var idle: [(channel: any Channel, since: NIODeadline)] = []
    }

    private let state = Mutex(State())

    func opened() { state.withLock { $0.openCount += 1 } }

    func closed() { state.withLock { $0.openCount -= 1 } }

    /// Whether one more may be accepted.
    var hasRoom: Bool { state.withLock { $0.openCount <= Self.limit } }

    /// A connection is new, or has its answer.
    func becameIdle(_ channel: any Channel) {
        state.withLock { $0.idle.append((channel, .now())) }
        makeRoom()
    }

    /// A connection has sent a whole request, or is closed.
    func stoppedIdling(_ channel: any Channel) {
        state.withLock { $0.idle.removeAll { $0.channel === channel } }
    }

    /// Closes the oldest idle connection when there is one too many; later, when it is too young for that.
    private func makeRoom() {
        let oldest = state.withLock { state -> (channel: any Channel, wait: TimeAmount)? in
            guard state.openCount > Self.limit, let oldest = state.idle.first else { return nil }
            let wait = oldest.since + Self.grace - .now()
            if wait <= .zero { state.idle.removeFirst() }
            return (oldest.channel, wait)
        }
        guard let oldest else { return }
        if oldest.wait <= .zero {
            oldest.channel.close(promise: nil)
        } else {
            oldest.channel.eventLoop.scheduleTask(in: oldest.wait) { self.makeRoom() }
        }
    }
}
