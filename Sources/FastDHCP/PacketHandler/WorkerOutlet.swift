import Addresses
import LinuxSystem

/// The outlet of a packet thread. It counts and traces what the handler does.
struct WorkerOutlet<Replies: ReplySink & ~Copyable>: PacketOutlet, ~Copyable {
    /// Sends replies that need no commit.
    var replies: Replies
    let counters: WorkerCounters
    private let trace: ExchangeTrace
    /// Signalled when the table shows the outcome of changes.
    private let observers: [WakeUp]
    /// When the frames of the present round were found, in nanoseconds since boot.
    private var foundAt: UInt64 = 0

    init(
        replies: consuming Replies, counters: WorkerCounters, trace: ExchangeTrace = ExchangeTrace(),
        observers: [WakeUp] = []
    ) {
        self.replies = replies
        self.counters = counters
        self.trace = trace
        self.observers = observers
    }

    /// Begins a round of work.
    @inline(__always)
    mutating func beginRound() -> BootTime {
        foundAt = BootTime.nanosecondsNow()
        return BootTime(milliseconds: foundAt / 1_000_000)
    }

    @inline(__always)
    mutating func send(_ reply: inout Reply) -> Bool {
        guard replies.send(&reply) else {
            counters.countUnsentReply()
            return false
        }
        counters.countSent(reply.messageType, hasAddress: reply.yiaddr != .unspecified)
        if reply.omittedOption != nil { traceOmission(reply) }
        return true
    }

    @inline(never)
    private func traceOmission(_ reply: borrowing Reply) {
        counters.countIncompleteReply()
        trace.appendOmission(of: reply)
    }

    mutating func flush() { replies.flush() }

    @inline(__always)
    mutating func didReceive(_ request: borrowing MessageView) {
        counters.countReceived(request.messageType)
        trace(TraceEvent(request.messageType), request, request.requestedIPAddress ?? request.ciaddr, at: foundAt)
    }

    @inline(__always)
    mutating func didDrop(_ reason: DropReason) { counters.countDrop(reason) }

    @inline(__always)
    mutating func didDecide(_ decision: Decision, on request: borrowing MessageView, _ reply: inout Reply) {
        switch decision {
        case .reply:
            // A NAK carries no address: the trace shows the one that it refuses.
            let refused = request.requestedIPAddress ?? request.ciaddr
            trace(TraceEvent(reply.messageType), request, reply.messageType == .nak ? refused : reply.yiaddr)
        case .commit(let change, _):
            trace(.commit, request, change.address)
        case .deferred(let replacedXID):
            trace(.deferred, request)
            if let replacedXID { didReplace(replacedXID, of: request.chaddr) }
        case .silence(let reason):
            counters.countSilence(reason)
            trace(.silence, request, detail: reason.rawValue)
        case .drop(let reason):
            counters.countDrop(reason)
            trace(.drop, request, detail: reason.rawValue)
        }
    }

    /// Records that a newer message replaced one that waited for a change in flight.
    private func didReplace(_ xid: UInt32, of client: MACAddress) {
        counters.countSilence(.changeInFlight)
        trace.append(
            TraceEntry(
                .silence, client, .unspecified, at: BootTime.nanosecondsNow(), number: xid,
                detail: SilenceReason.changeInFlight.rawValue))
    }

    mutating func didOrder(_ change: BindingChange) {
        trace.append(TraceEntry(.commit, change.client, change.address, at: BootTime.nanosecondsNow()))
    }

    mutating func didComplete(_ count: Int) {
        counters.countCompletions(count)
        for observer in observers { observer.signal() }
    }

    @inline(__always)
    private func trace(
        _ event: TraceEvent, _ request: borrowing MessageView, _ address: IPv4Address = .unspecified,
        detail: UInt8 = 0, at nanoseconds: UInt64? = nil
    ) {
        trace.append(
            TraceEntry(
                event, request.chaddr, address, at: nanoseconds ?? BootTime.nanosecondsNow(), number: request.xid,
                detail: detail))
    }
}
