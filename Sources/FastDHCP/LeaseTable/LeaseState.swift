public import Addresses

/// What an address is doing.
public enum LeaseState: UInt8, Sendable, CaseIterable {
    /// Never used, or its last user is forgotten.
    case free
    /// Offered to a client that has not yet asked for it; held for 60 s.
    case offered
    /// Leased.
    case bound
    /// A client found somebody else using it (RFC 2131 section 3.1, step 5); set aside for an hour.
    case declined
    /// Released, or its lease ran out. It remembers its last client, who gets it back if nobody else took it.
    case expired
    /// Its record was damaged on the disk: somebody may have it, so nobody gets it and nobody is told that it is wrong.
    case quarantined

    /// Whether a new client may be given the address.
    @inline(__always)
    public var isAvailable: Bool { self == .free || self == .expired }
}

/// Who holds an address and how, in the one word that decides every race for it.
///
/// Bits 63…16 are the client's hardware address, 15…8 the worker that made the last change, 7 says that a change is on
/// its way to the disk, 6 that a worker is changing the slot this very moment, 5…0 are the state.
public struct SlotOwner: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt64

    @inline(__always)
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    @inline(__always)
    public init(client: MACAddress, worker: UInt8, state: LeaseState, isPending: Bool = false) {
        rawValue = client.rawValue << 16 | UInt64(worker) << 8 | (isPending ? 0x80 : 0) | UInt64(state.rawValue)
    }

    @inline(__always)
    public var client: MACAddress { MACAddress(rawValue: rawValue >> 16) }

    @inline(__always)
    public var worker: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 8) }

    /// Whether a change of this address has been given to the committer and is not decided yet.
    @inline(__always)
    public var isPending: Bool { rawValue & 0x80 != 0 }

    /// The state; when a change is pending, the one it leads to.
    @inline(__always)
    public var state: LeaseState {
        LeaseState(rawValue: UInt8(truncatingIfNeeded: rawValue) & 0x3F) ?? .free
    }

    /// Whether a worker is changing the slot: its other words may be half old, half new.
    @inline(__always)
    var isBusy: Bool { rawValue & 0x40 != 0 }

    /// The same owner while a worker changes the slot.
    @inline(__always)
    var busy: SlotOwner { SlotOwner(rawValue: rawValue | 0x40) }

    /// Whether any worker may take the address for a new client: an address whose removal is not yet durable is not
    /// available.
    @inline(__always)
    public var isAvailable: Bool { !isPending && !isBusy && state.isAvailable }

    /// The same owner once its pending change is durable.
    @inline(__always)
    public var settled: SlotOwner { SlotOwner(rawValue: rawValue & ~0x80) }
}
