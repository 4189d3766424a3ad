import NIOCore
import Synchronization

/// Counts the connections of one listener. Up to the limit, connections stay open. One more is accepted, and the connection
/// that has been idle the longest is closed to make room for it. Further ones wait in the socket's backlog.
///
/// A connection is idle unless it has sent a whole request and waits for the answer.
final class Connections: Sendable {
    /// How many connections stay open.
    static let limit = 64
    /// How long an idle connection is safe from being closed. A client sends its request right after it has connected, and
    /// a burst of connections must not close one before its request was read.
    private static let grace = TimeAmount.milliseconds(100)

    private struct State {
        var openCount = 0
        /// The idle connections, the longest idle one first.
        var idle: [(channel: any Channel, since: NIODeadline)] = []
    }

    private let state = Mutex(State())

    func opened() { state.withLock { $0.openCount += 1 } }

    func closed() { state.withLock { $0.openCount -= 1 } }

    /// Whether one more connection may be accepted.
    var hasRoom: Bool { state.withLock { $0.openCount <= Self.limit } }

    /// Records that a connection is new, or has received its answer.
    func becameIdle(_ channel: any Channel) {
        state.withLock { $0.idle.append((channel, .now())) }
        makeRoom()
    }

    /// Records that a connection has sent a whole request, or is closed.
    func stoppedIdling(_ channel: any Channel) {
        state.withLock { $0.idle.removeAll { $0.channel === channel } }
    }

    /// If there is one connection too many, closes the one that has been idle the longest. If even that one is still within
    /// its grace time, tries again after it.
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
