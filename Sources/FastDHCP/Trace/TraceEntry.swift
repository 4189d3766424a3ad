public import Addresses
import LinuxSystem

/// One event of a client.
public struct TraceEntry: Equatable, Sendable {
    /// Nanoseconds since boot, as `BootTime` counts them.
    public var nanoseconds: UInt64
    public var client: MACAddress
    public var event: TraceEvent
    /// The raw value of a `SilenceReason` or of a `DropReason`, or the code of an option that did not fit. Otherwise 0.
    public var detail: UInt8
    /// The address that the event concerns. 0.0.0.0 for none.
    public var address: IPv4Address
    /// For a message, its xid. For a granted lease, when it ends in seconds after boot; `UInt32.max` means never.
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
    /// Why a message was dropped.
    public var drop: DropReason? { event == .drop ? DropReason(rawValue: detail) : nil }
}

/// The kinds of events. The first eight are messages, with their values in option 53.
public enum TraceEvent: UInt8, CaseIterable, Sendable {
    case discover = 1
    case offer, request, decline, ack, nak, release, inform
    /// The message got no answer: see `TraceEntry.silence`.
    case silence = 16
    /// The message was dropped: see `TraceEntry.drop`.
    case drop
    /// A change was handed to the committer.
    case commit
    /// The change is on the disk.
    case synced
    /// The client has the address: the lease is on the disk and routed.
    case granted
    /// The client already had the address and keeps it for longer. The lease is on the disk and routed.
    case renewed
    /// The address is no longer the client's, and its route is gone.
    case released, declined, expired
    /// The disk or the kernel refused the change. Nothing has changed.
    case failed
    /// The kernel refused the route. The server tries it again.
    case stalled
    /// The message waits for the outcome of a change to its client's lease that is in flight.
    case deferred
    /// The reply lacks an option that the client asked for but that did not fit: see `TraceEntry.omittedOption`.
    case incomplete

    init(_ messageType: MessageType) { self = TraceEvent(rawValue: messageType.rawValue) ?? .drop }
}
