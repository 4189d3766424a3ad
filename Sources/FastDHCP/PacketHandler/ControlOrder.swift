public import Addresses
public import LinuxSystem

/// An order of the control side for one client's lease or one address, and the time at which the order fails.
public struct ControlOrder: Sendable {
    /// How long an order may take before it fails.
    static let patienceMilliseconds: UInt64 = 3000

    /// Each completion is called once, on the worker's thread.
    public enum Task: Sendable {
        /// Take the client's address away, if it has one.
        case release(MACAddress, completion: @Sendable (ReleaseOutcome) -> Void)
        /// Make an address available that is set aside.
        case free(IPv4Address, completion: @Sendable (FreeOutcome) -> Void)
        /// Give the client an address: the given one, or any.
        case lease(MACAddress, IPv4Address?, completion: @Sendable (LeaseOutcome) -> Void)
    }

    let task: Task
    let deadline: BootTime

    public init(_ task: Task, now: BootTime) {
        self.task = task
        deadline = now + Self.patienceMilliseconds
    }

    /// Answers that the order could not be carried out in time.
    func fail() {
        switch task {
        case .release(_, let completion): completion(.changeInFlight)
        case .free(_, let completion): completion(.changeInFlight)
        case .lease(_, _, let completion): completion(.changeInFlight)
        }
    }
}

/// The outcome of an order to take a client's address away.
public enum ReleaseOutcome: Equatable, Sendable {
    /// The client has no address any more. This is durable, and the route is gone.
    case released
    /// The lease is gone. This is durable, but the kernel refuses to remove the route.
    case routeRemains
    /// An earlier change of the client's lease is still undecided; nothing has changed.
    case changeInFlight
    /// The change could not be written to the disk; nothing has changed.
    case refused
}

/// The outcome of an order to make an address available that is set aside.
public enum FreeOutcome: Equatable, Sendable {
    /// The address is available. This is durable.
    case available
    /// The client has the address, or it is offered to the client.
    case held(by: MACAddress)
    case outsidePool
    /// An earlier change of the address or of its client's lease is still undecided; nothing has changed.
    case changeInFlight
    /// The change could not be written to the disk; nothing has changed.
    case refused
}

/// The outcome of an order to lease an address to a client.
public enum LeaseOutcome: Equatable, Sendable {
    /// The address has just been leased. This is durable, and the route is set.
    case granted(IPv4Address)
    /// The client already had the address.
    case held(IPv4Address)
    /// The client has this other address.
    case hasOther(IPv4Address)
    case taken
    case outsidePool
    case exhausted
    /// An earlier change of the client's lease or of the address is still undecided; nothing has changed.
    case changeInFlight
    /// The disk or the kernel refused the change; nothing has changed.
    case refused
}
