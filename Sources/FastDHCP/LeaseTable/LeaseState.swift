public import Addresses

/// The state of an address.
public enum LeaseState: UInt8, Sendable, CaseIterable {
    /// Never used, or its last client is forgotten.
    case free
    /// Offered to a client that has not yet asked for it; held for 60 s.
    case offered
    /// Leased.
    case bound
    /// A client found another host using the address (RFC 2131 section 3.1, step 5). It is set aside for an hour, or
    /// until the pool is dry.
    case declined
    /// Released, or its lease or offer ended. The slot remembers the last client, which gets the address back if no other
    /// client took it.
    case expired
    /// Its record on the disk is damaged. Some client may have the address, so no client gets it, and none gets a NAK
    /// for it. Only the client that the lease file names, the slot's client, gets it back when it asks for it.
    case quarantined

    /// Whether a new client may be given the address.
    @inline(__always)
    public var isAvailable: Bool { self == .free || self == .expired }
}

/// Who holds an address and in which state. This one word decides every race for the address.
///
/// Bits 63…16 are the client's hardware address, and bits 15…8 the worker that made the last change. Bit 7 is set while
/// a change is on its way to the disk, and bit 6 while a worker is changing the slot. Bits 5…0 are the state.
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

    /// The state. When a change is pending, the state that it leads to.
    @inline(__always)
    public var state: LeaseState {
        LeaseState(rawValue: UInt8(truncatingIfNeeded: rawValue) & 0x3F) ?? .free
    }

    /// Whether a worker is changing the slot. Its other words may then be a mixture of old and new values.
    @inline(__always)
    var isBusy: Bool { rawValue & 0x40 != 0 }

    /// The same owner while a worker changes the slot.
    @inline(__always)
    var busy: SlotOwner { SlotOwner(rawValue: rawValue | 0x40) }

    /// Whether any worker may take the address for a new client. An address whose removal is not durable yet is not
    /// available.
    @inline(__always)
    public var isAvailable: Bool { !isPending && !isBusy && state.isAvailable }

    /// The same owner once its pending change is durable.
    @inline(__always)
    public var settled: SlotOwner { SlotOwner(rawValue: rawValue & ~0x80) }
}
