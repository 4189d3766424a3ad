import Addresses
import FastDHCP
import LinuxSystem

/// Receives the replies and checks them: a client must read in each what was decided, and no two promises may contradict
/// each other.
struct CheckedOutlet: PacketOutlet {
    var promises = Promises()
    var now: BootTime
    private let options: ConfiguredOptions

    init(options: ConfiguredOptions, now: BootTime) {
        self.options = options
        self.now = now
    }

    mutating func send(_ reply: inout Reply) -> Bool {
        deliver(reply, for: nil, until: now + UInt64(reply.leaseSeconds) * 1000)
        return true
    }

    mutating func flush() {}

    mutating func didDecide(_ decision: Decision, on request: borrowing MessageView, _ reply: inout Reply) {
        if case .commit(let change, _) = decision, change.kind == .bind { promises.choose(change) }
    }

    /// Records the outcome of a change.
    mutating func record(_ pending: PendingCommit, isDurable: Bool) {
        guard isDurable else { return }
        promises.keep(pending.change)
        if pending.change.hasReply { deliver(pending.reply, for: pending.change, until: pending.change.deadline) }
    }

    /// Writes the reply as a frame, and parses it again.
    /// - Parameters:
    ///   - change: the change that the reply waited for, if any.
    ///   - deadline: the end of the lease. A client counts it from when it asked, not from when the answer came (RFC 2131
    ///     section 4.4.1).
    private mutating func deliver(_ reply: Reply, for change: BindingChange?, until deadline: BootTime) {
        var frame = [UInt8](repeating: 0, count: ReplyWriter.frameByteCapacity)
        var bytes = frame.mutableSpan
        let identity = ServerIdentity(address: Host.gateway, macAddress: Host.bridge)
        let count = ReplyWriter.write(reply, server: identity, options: options, into: &bytes)
        let sent = frame.span.extracting(0..<count)
        switch MessageView.parse(sent, as: .reply, udpChecksum: .unknown, interface: reply.ethernetDestination) {
        case .dropped(let reason):
            // A client may send from any port and gets its answer there. The parser of replies drops unusual ports.
            precondition(reason == .port, "our own reply is dropped as \(reason)")
        case .message(let view):
            precondition(view.xid == reply.xid && view.messageType == reply.messageType, "the reply changed on its way")
            precondition(view.yiaddr == reply.yiaddr, "the address changed on its way")
        }
        promises.make(reply, for: change, until: deadline, now: now)
    }

    mutating func didReceive(_ request: borrowing MessageView) {}
    mutating func didDrop(_ reason: DropReason) {}
    mutating func didOrder(_ change: BindingChange) {}
    mutating func didComplete(_ count: Int) {}
}
