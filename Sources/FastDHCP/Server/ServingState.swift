public import LinuxSystem
import Synchronization

/// Which interface is served and, while none is, how long an attempt to serve it may take. The thread that opens the
/// rings writes it. Metrics and the watchdog read it.
public final class ServingState: Sendable {
    private struct State {
        var interface: BoundInterface?
        var attemptDeadline = BootTime(milliseconds: 0)
    }

    private let state = Mutex(State())

    public init() {}

    /// The interface on which rings were last opened; nil once the interface is known to be gone.
    public var interface: BoundInterface? { state.withLock { $0.interface } }

    /// Whether clients are served: the rings are alive, and their interface passes frames.
    public var isServing: Bool { interface?.passesFrames ?? false }

    /// Records that rings are open on `interface`.
    public func begin(on interface: BoundInterface) { state.withLock { $0.interface = interface } }

    /// Records that the interface is gone.
    public func end() { state.withLock { $0.interface = nil } }

    /// Announces that an attempt to serve the interface will be over by `deadline`.
    public func expectAttempt(by deadline: BootTime) { state.withLock { $0.attemptDeadline = deadline } }

    fileprivate var attemptDeadline: BootTime { state.withLock { $0.attemptDeadline } }
}

/// Detects that no interface is served and nobody tries to serve one.
public struct ServingWatch: Sendable {
    /// How long this may last. The thread that opens the rings needs time to learn that they are dead.
    static let patienceMilliseconds: UInt64 = 10_000

    private let state: ServingState
    private var neglectedMilliseconds: UInt64 = 0
    private var lastLook: BootTime

    public init(_ state: ServingState, now: BootTime) {
        self.state = state
        lastLook = now
    }

    /// Whether the interface has been unserved for too long without an attempt to serve it. Call this at least every 2
    /// s.
    public mutating func isNeglected(now: BootTime) -> Bool {
        // A longer step means that the process was suspended and could not try, so the excess does not count.
        let step = min(now.millisecondsSince(lastLook), WorkerWatch.longestStepMilliseconds)
        lastLook = now
        let isAttended = state.isServing || now <= state.attemptDeadline
        neglectedMilliseconds = isAttended ? 0 : neglectedMilliseconds + step
        return neglectedMilliseconds > Self.patienceMilliseconds
    }
}
