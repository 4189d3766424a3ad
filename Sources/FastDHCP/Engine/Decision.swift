public import Addresses
public import LinuxSystem

/// What the engine makes of one request.
public enum Decision: Sendable {
    /// Send the prepared reply now: nothing changes that a restart must remember.
    case reply
    /// Give these changes to the committer in this order; when they are durable and routed, it sends the prepared
    /// reply, if the last one has one.
    case commit(BindingChange, freeing: BindingChange? = nil)
    /// The engine keeps the message until the change of its client's lease is decided that is in flight: see
    /// `takeDeferredMessage`.
    /// - Parameter replacing: the xid of an older message that waited for that and is dropped now.
    case deferred(replacing: UInt32?)
    /// Answer nothing.
    case silence(SilenceReason)
    /// The message should not have come; answer nothing.
    case drop(DropReason)
}

/// A change of one address that must survive a restart.
public struct BindingChange: BitwiseCopyable, Sendable {
    public enum Kind: UInt8, BitwiseCopyable, Sendable {
        /// The client gets the address, or keeps it for longer.
        case bind
        /// The client gave it back.
        case release
        /// The client found somebody else using it.
        case decline
        /// Its time ran out.
        case expire
    }

    public var kind: Kind
    /// The worker that decided the change.
    public var worker: UInt8
    /// Whether a frame with the prepared reply waits for this change.
    public var hasReply: Bool
    /// Whether the client sits behind a relay: then its hardware address is not on our link.
    public var isRelayed: Bool
    public var slotIndex: UInt32
    /// Numbers the changes of one worker, from 1.
    public var sequence: UInt64
    public var address: IPv4Address
    /// How long the kernel may refuse the change before it is given up, in milliseconds.
    public var patienceMilliseconds: UInt32 = defaultPatienceMilliseconds
    public var client: MACAddress
    /// When the new state ends.
    public var deadline: BootTime
    /// Until when a restart keeps the address for the client.
    public var holdUntil: BootTime

    public static let defaultPatienceMilliseconds: UInt32 = 5000

    /// How many changes are committed at once at most.
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
    /// giaddr or ciaddr lies in no network of ours.
    case foreignSubnet
    /// No address is free, expired or reclaimable.
    case poolExhausted
    /// A REQUEST for another server's offer.
    case otherServer
    /// An INIT-REBOOT from a client of which we know nothing: another server may know it (RFC 2131 section 4.3.2).
    case unknownClient
    /// A REQUEST or DECLINE that names no address, or an INFORM without ciaddr.
    case missingAddress
    /// A change of the address, or of its client's lease, is in flight, and a newer message of the client waits for it
    /// already, or the message cannot; the client will ask again.
    case changeInFlight
    /// A RELEASE that does not come from the address it releases, or is not by its owner.
    case releaseRefused
    /// A DECLINE of an address that the client does not hold.
    case declineRefused
    /// A client that declined too many addresses already.
    case declineLimit
    /// The committer has no room for another change.
    case committerBusy
    /// The address's record was damaged on the disk: it may be this client's or another's.
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
