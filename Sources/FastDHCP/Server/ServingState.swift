public import LinuxSystem
import Synchronization

/// Which interface is served and, while none is, how long an attempt to serve it may take. Whoever opens the rings
/// writes it; metrics and the watchdog read it.
public final class ServingState: Sendable {
    private struct State {
        var interface: BoundInterface?
        var attemptDeadline = BootTime(milliseconds: 0)
    }

    private let state = Mutex(State())

    public init() {}

    /// The interface that rings were opened on last; nil once it is known to be gone.
    public var interface: BoundInterface? { state.withLock { $0.interface } }

    /// Whether clients are served: the rings are alive, and their interface passes frames.
    public var isServing: Bool { interface?.passesFrames ?? false }

    /// Notes that rings are open on `interface`.
    public func begin(on interface: BoundInterface) { state.withLock { $0.interface = interface } }

    /// Notes that the interface is gone.
    public func end() { state.withLock { $0.interface = nil } }

    /// Announces that an attempt to serve the interface will be over by then.
    public func expectAttempt(by deadline: BootTime) { state.withLock { $0.attemptDeadline = deadline } }

    fileprivate var attemptDeadline: BootTime { state.withLock { $0.attemptDeadline } }
}

/// Tells whether nobody serves clients and nobody tries to.
public struct ServingWatch: Sendable {
    /// How long that may last: whoever opens the rings must first hear that they are dead.
    static let patienceMilliseconds: UInt64 = 10_000

    private let state: ServingState
    private var neglectedMilliseconds: UInt64 = 0
    private var lastLook: BootTime

    public init(_ state: ServingState, now: BootTime) {
        self.state = state
        lastLook = now
    }

    /// Whether the interface is neither served nor about to be. To be asked every 2 s at least.
    public mutating func isNeglected(now: BootTime) -> Bool {
        // Of a longer step the process was suspended, and could not try.
        let step = min(now.millisecondsSince(lastLook), WorkerWatch.longestStepMilliseconds)
        lastLook = now
        let isAttended = state.isServing || now <= state.attemptDeadline
        neglectedMilliseconds = isAttended ? 0 : neglectedMilliseconds + step
        return neglectedMilliseconds > Self.patienceMilliseconds
    }
}
