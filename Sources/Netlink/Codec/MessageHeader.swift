internal import CNetlink

/// The 16-byte header of every netlink message (`nlmsghdr`).
public struct MessageHeader: Hashable, Sendable {
    /// The encoded size in bytes.
    public static let byteCount = 16

    /// The length of the message in bytes, with the header but without padding (nlmsg_len).
    public var messageByteCount: UInt32
    /// The message type (nlmsg_type).
    public var type: NetlinkMessageType
    /// nlmsg_flags.
    public var flags: MessageFlags
    /// The number that the sender of a request chooses and that the kernel repeats in every answer (nlmsg_seq).
    public var sequence: UInt32
    /// The netlink port that sent the request. In a notification, the port whose request caused the change, or 0 for
    /// the kernel (nlmsg_pid).
    public var portID: UInt32

    public init(
        messageByteCount: UInt32, type: NetlinkMessageType, flags: MessageFlags, sequence: UInt32, portID: UInt32
    ) {
        self.messageByteCount = messageByteCount
        self.type = type
        self.flags = flags
        self.sequence = sequence
        self.portID = portID
    }

    /// Parses the header at the start of `bytes`; nil if there are fewer than 16 bytes.
    init?(_ bytes: Span<UInt8>) {
        guard bytes.count >= Self.byteCount else { return nil }
        messageByteCount = bytes.number32(at: 0)
        type = NetlinkMessageType(rawValue: bytes.number16(at: 4))
        flags = MessageFlags(rawValue: bytes.number16(at: 6))
        sequence = bytes.number32(at: 8)
        portID = bytes.number32(at: 12)
    }
}

/// A message type (nlmsg_type). Not an enum, because newer kernels add types.
public struct NetlinkMessageType: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    private init(_ value: Int) { rawValue = UInt16(truncatingIfNeeded: value) }
    private init(_ value: Int32) { rawValue = UInt16(truncatingIfNeeded: value) }

    /// An acknowledgement or an error (NLMSG_ERROR).
    public static var acknowledgement: Self { Self(NLMSG_ERROR) }
    /// The end of a dump (NLMSG_DONE).
    public static var done: Self { Self(NLMSG_DONE) }

    public static var newLink: Self { Self(RTM_NEWLINK) }
    public static var deleteLink: Self { Self(RTM_DELLINK) }
    public static var getLink: Self { Self(RTM_GETLINK) }
    public static var setLink: Self { Self(RTM_SETLINK) }
    public static var newAddress: Self { Self(RTM_NEWADDR) }
    public static var deleteAddress: Self { Self(RTM_DELADDR) }
    public static var getAddress: Self { Self(RTM_GETADDR) }
    public static var newRoute: Self { Self(RTM_NEWROUTE) }
    public static var deleteRoute: Self { Self(RTM_DELROUTE) }
    public static var getRoute: Self { Self(RTM_GETROUTE) }
    public static var newNeighbour: Self { Self(RTM_NEWNEIGH) }
    public static var deleteNeighbour: Self { Self(RTM_DELNEIGH) }
    public static var getNeighbour: Self { Self(RTM_GETNEIGH) }
    public static var newSettings: Self { Self(RTM_NEWNETCONF) }

    var isLink: Bool { self == .newLink || self == .deleteLink || self == .getLink || self == .setLink }
    var isAddress: Bool { self == .newAddress || self == .deleteAddress || self == .getAddress }
    var isRoute: Bool { self == .newRoute || self == .deleteRoute || self == .getRoute }
    var isNeighbour: Bool { self == .newNeighbour || self == .deleteNeighbour || self == .getNeighbour }
}

/// nlmsg_flags. The same bit has different meanings in a NEW request and in a GET request.
public struct MessageFlags: OptionSet, Hashable, Sendable {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    private init(_ value: Int32) { rawValue = UInt16(truncatingIfNeeded: value) }

    /// This is a request (NLM_F_REQUEST).
    public static var request: Self { Self(NLM_F_REQUEST) }
    /// Acknowledge the request even if it succeeds (NLM_F_ACK). A failed request is always answered.
    public static var acknowledge: Self { Self(NLM_F_ACK) }
    /// This is one of several messages of an answer, which NLMSG_DONE ends (NLM_F_MULTI).
    public static var multipart: Self { Self(NLM_F_MULTI) }
    /// The tables changed during the dump, so it may miss or repeat entries (NLM_F_DUMP_INTR).
    public static var dumpInterrupted: Self { Self(NLM_F_DUMP_INTR) }

    /// In a GET: return all objects, or all that match (NLM_F_DUMP).
    public static var dump: Self { Self(NLM_F_DUMP) }
    /// In a NEW: create the object if it does not exist (NLM_F_CREATE).
    public static var create: Self { Self(NLM_F_CREATE) }
    /// In a NEW: fail if the object exists (NLM_F_EXCL).
    public static var exclusive: Self { Self(NLM_F_EXCL) }
    /// In a NEW: replace the existing object (NLM_F_REPLACE).
    public static var replace: Self { Self(NLM_F_REPLACE) }

    /// In an acknowledgement: the body of the request is left out (NLM_F_CAPPED).
    public static var capped: Self { Self(NLM_F_CAPPED) }
    /// In an acknowledgement: attributes with text and offset follow (NLM_F_ACK_TLVS).
    public static var hasErrorAttributes: Self { Self(NLM_F_ACK_TLVS) }
}
