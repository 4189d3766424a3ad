public import Addresses
public import LinuxSystem

/// What the engine decides about one request.
public enum Decision: Sendable {
    /// Send the prepared reply now: nothing changes that must survive a restart.
    case reply
    /// Give these changes to the committer, `freeing` first. When they are durable and routed, the committer sends the
    /// prepared reply, if the last change has one.
    case commit(BindingChange, freeing: BindingChange? = nil)
    /// The engine keeps the message until the changes in flight for its client are decided: see `takeDeferredMessage`.
    /// - Parameter replacing: the xid of an older waiting message, which the engine drops for this one.
    case deferred(replacing: UInt32?)
    /// Answer nothing.
    case silence(SilenceReason)
    /// The message is not acceptable; answer nothing.
    case drop(DropReason)
}

/// A change of one address that must survive a restart.
public struct BindingChange: BitwiseCopyable, Sendable {
    public enum Kind: UInt8, BitwiseCopyable, Sendable {
        /// The client gets the address, or keeps it for longer.
        case bind
        /// The client gave the address back, or the control side took it away.
        case release
        /// The client found another host using the address.
        case decline
        /// The lease ran out.
        case expire
    }

    public var kind: Kind
    /// The worker that decided the change.
    public var worker: UInt8
    /// Whether a prepared reply waits for this change.
    public var hasReply: Bool
    /// Whether the client is behind a relay or a router. Its hardware address is then not on our link.
    public var isRelayed: Bool
    public var slotIndex: UInt32
    /// The number of the change, counted per worker from 1.
    public var sequence: UInt64
    public var address: IPv4Address
    /// How long the kernel may refuse the change before the committer gives it up, in milliseconds.
    public var patienceMilliseconds: UInt32 = defaultPatienceMilliseconds
    public var client: MACAddress
    /// When the new state ends.
    public var deadline: BootTime
    /// Until when a restart keeps the address for the client.
    public var holdUntil: BootTime

    public static let defaultPatienceMilliseconds: UInt32 = 5000

    /// The most changes in one batch of the committer.
    public static let batchCapacity = 512

    /// The state that the change leads to.
    public var state: LeaseState {
        switch kind {
        case .bind: .bound
        case .release, .expire: .expired
        case .decline: .declined
        }
    }
}

/// Why a well-formed message gets no answer.
public enum SilenceReason: UInt8, CaseIterable, Sendable {
    /// giaddr or ciaddr is outside our subnet.
    case foreignSubnet
    /// No address is free, expired or reclaimable.
    case poolExhausted
    /// A REQUEST for another server's offer.
    case otherServer
    /// An INIT-REBOOT from a client that we have no record of. Another server may know it (RFC 2131 section 4.3.2).
    case unknownClient
    /// A REQUEST or DECLINE that names no address, or an INFORM without ciaddr.
    case missingAddress
    /// A change of the address or of the client's lease is in flight. This message cannot wait for it, or a newer
    /// message of the client replaced it. The client will ask again.
    case changeInFlight
    /// A RELEASE that does not come from the address it releases, or not from the client that holds that address.
    case releaseRefused
    /// A DECLINE of an address that the client does not hold.
    case declineRefused
    /// The client has already declined too many addresses.
    case declineLimit
    /// The committer has no room for another change.
    case committerBusy
    /// The record of the address on the disk is damaged: the address may belong to this client or to another.
    case quarantined
}

extension SilenceReason: CustomStringConvertible {
    /// The value of the metric's `reason` label, in snake_case.
    public var description: String {
        switch self {
        case .foreignSubnet: "foreign_subnet"
        case .poolExhausted: "pool_exhausted"
        case .otherServer: "other_server"
        case .unknownClient: "unknown_client"
        case .missingAddress: "missing_address"
        case .changeInFlight: "change_in_flight"
        case .releaseRefused: "release_refused"
        case .declineRefused: "decline_refused"
        case .declineLimit: "decline_limit"
        case .committerBusy: "committer_busy"
        case .quarantined: "quarantined"
        }
    }
}
