public import Addresses
public import LinuxSystem

/// What the control side orders for one client's lease, and when that has failed.
public struct ControlOrder: Sendable {
    /// How long an order may take: whoever asks over the control socket waits for 5 s.
    static let patienceMilliseconds: UInt64 = 3000

    /// Each completion is called once, on the worker's thread.
    public enum Task: Sendable {
        /// Take its address away, if it has one.
        case release(MACAddress, completion: @Sendable (ReleaseOutcome) -> Void)
        /// Give it an address, the chosen one or any.
        case lease(MACAddress, IPv4Address?, completion: @Sendable (LeaseOutcome) -> Void)
    }

    let task: Task
    let deadline: BootTime

    public init(_ task: Task, now: BootTime) {
        self.task = task
        deadline = now + Self.patienceMilliseconds
    }

    /// Answers that its time is over.
    func fail() {
        switch task {
        case .release(_, let completion): completion(.changeInFlight)
        case .lease(_, _, let completion): completion(.changeInFlight)
        }
    }
}

/// What became of an order to take a client's address away.
public enum ReleaseOutcome: Equatable, Sendable {
    /// The client has none any more, durably, and its route is gone.
    case released
    /// The lease is gone, durably, but the kernel refuses to remove its route.
    case routeRemains
    /// An earlier change of the client's lease is still undecided; nothing has changed.
    case changeInFlight
    /// The disk refused; nothing has changed.
    case refused
}

/// What became of an order to lease an address to a client.
public enum LeaseOutcome: Equatable, Sendable {
    /// It is leased, durably and with its route, just now.
    case granted(IPv4Address)
    /// The client had it already.
    case held(IPv4Address)
    /// The client has this one instead.
    case hasOther(IPv4Address)
    case taken
    case outsidePool
    case exhausted
    /// An earlier change of the client's lease or of the address is still undecided; nothing has changed.
    case changeInFlight
    /// The disk or the kernel refused; nothing has changed.
    case refused
}
