public import Addresses
import LinuxSystem

/// One thing that happened for a client.
public struct TraceEntry: Equatable, Sendable {
    /// Nanoseconds since boot, as `BootTime` counts them.
    public var nanoseconds: UInt64
    public var client: MACAddress
    public var event: TraceEvent
    /// The raw value of a `SilenceReason` or a `DropReason`; the code of an option that had no room; else 0.
    public var detail: UInt8
    /// The address that it was about; 0.0.0.0 for none.
    public var address: IPv4Address
    /// Of messages their xid; of a granted lease the second after boot at which it ends, `UInt32.max` for never.
    public var number: UInt32

    @inline(__always)
    init(
        _ event: TraceEvent, _ client: MACAddress, _ address: IPv4Address, at nanoseconds: UInt64, number: UInt32 = 0,
        detail: UInt8 = 0
    ) {
        self.nanoseconds = nanoseconds
        self.client = client
        self.event = event
        self.detail = detail
        self.address = address
        self.number = number
    }

    /// Why a message got no answer.
    public var silence: SilenceReason? { event == .silence ? SilenceReason(rawValue: detail) : nil }
    /// The option that a reply lacks.
    public var omittedOption: OptionCode? { event == .incomplete ? OptionCode(rawValue: detail) : nil }
    /// Why a message was thrown away.
    public var drop: DropReason? { event == .drop ? DropReason(rawValue: detail) : nil }
}

/// What can happen for a client. The first eight are messages, with their numbers of option 53.
public enum TraceEvent: UInt8, CaseIterable, Sendable {
    case discover = 1
    case offer, request, decline, ack, nak, release, inform
    /// It got no answer: see `TraceEntry.silence`.
    case silence = 16
    /// It should not have come: see `TraceEntry.drop`.
    case drop
    /// A change was handed to the committer.
    case commit
    /// The change is on the disk.
    case synced
    /// The address is the client's: on the disk and routed.
    case granted
    /// The same for a client that had it, and keeps it for longer.
    case renewed
    /// The address is no longer the client's, and its route is gone.
    case released, declined, expired
    /// The disk or the kernel refused the change: nothing has happened.
    case failed
    /// The kernel refused the route; it is tried again.
    case stalled
    /// The message waits until the change of its client's lease that is in flight is decided.
    case deferred
    /// The reply lacks an option that the client asked for and that had no room: see `TraceEntry.omittedOption`.
    case incomplete

    init(_ messageType: MessageType) { self = TraceEvent(rawValue: messageType.rawValue) ?? .drop }
}
