import Addresses
import TestSupport

/// Finds ACKs that leave too early, in the system calls of a daemon that each client asked for one lease.
///
/// The thread that syncs the journal sends the ACKs, in the order of their records, and each of its sends says how many
/// bytes left. So after each send, no more ACKs may have left than there were records and routes when the send began.
struct CommitOrder {
    /// The length of an ACK's frame, and of an OFFER's.
    let frameByteCount: Int
    private(set) var durable: Set<IPv4Address> = []
    private(set) var routed: Set<IPv4Address> = []
    /// Syncs that made leases durable.
    private(set) var syncCount = 0
    private(set) var violations: [String] = []
    /// Frames that left, by the thread that sent them.
    private var sent: [Substring: Int] = [:]
    private var committer: Substring?
    /// Routes that the kernel was asked for, by thread and socket.
    private var asked: [String: [IPv4Address]] = [:]
    /// How many records and routes there were when a thread began to send.
    private var limits: [Substring: (records: Int, routes: Int)] = [:]

    var ackCount: Int { committer.flatMap { sent[$0] } ?? 0 }
    /// Frames that other threads sent.
    var otherCount: Int { sent.values.reduce(0, +) - ackCount }

    init(_ trace: SystemCallTrace, frameByteCount: Int) {
        self.frameByteCount = frameByteCount
        for event in trace.events {
            switch event {
            case .began(let call): recordBeginning(call)
            case .ended(let call): recordEnd(call)
            }
        }
    }

    private mutating func recordBeginning(_ call: SystemCallTrace.Call) {
        if call.isRingFlush { limits[call.thread] = (durable.count, routed.count) }
    }

    private mutating func recordEnd(_ call: SystemCallTrace.Call) {
        if call.isOf("pwritev2"), call.text.contains("RWF_DSYNC"), call.result > 0 {
            let leases = call.boundAddresses
            durable.formUnion(leases)
            if !leases.isEmpty { (syncCount, committer) = (syncCount + 1, call.thread) }
        } else if call.isRingFlush {
            recordFlush(call)
        } else if call.isOf("sendto"), call.text.contains("RTM_NEWROUTE") {
            asked[call.socket, default: []] += call.text.matches(of: /RTA_DST}, inet_addr\("([0-9.]+)"\)/)
                .compactMap { IPv4Address($0.1) }
        } else if call.isOf("recvfrom"), call.text.contains("NLMSG_ERROR"), let addresses = asked[call.socket] {
            guard !call.text.contains("error=-") else { return }
            routed.formUnion(addresses)
            asked[call.socket] = nil
        }
    }

    private mutating func recordFlush(_ call: SystemCallTrace.Call) {
        guard call.result > 0, let limit = limits[call.thread] else { return }
        let count = sent[call.thread, default: 0] + call.result / frameByteCount
        sent[call.thread] = count
        guard call.thread == committer else { return }
        if count > limit.records {
            violations.append("\(count) ACKs left after \(limit.records) records: \(call.text)")
        }
        if count > limit.routes { violations.append("\(count) ACKs left after \(limit.routes) routes: \(call.text)") }
    }
}

extension SystemCallTrace.Call {
    /// Whether it lets the frames of a transmit ring go.
    fileprivate var isRingFlush: Bool { isOf("sendto") && text.contains(", NULL, 0, MSG_DONTWAIT, NULL, 0") }

    /// The thread and the descriptor.
    fileprivate var socket: String { "\(thread) \(text.prefix { $0 != "," })".replacing("recvfrom", with: "sendto") }

    /// The addresses of the leases in the journal records that the call wrote: 64 bytes each, the state at 4, the address
    /// at 16.
    fileprivate var boundAddresses: [IPv4Address] {
        guard let start = text.firstRange(of: "iov_base=\""),
            let end = text[start.upperBound...].firstIndex(of: "\"")
        else { return [] }
        let bytes = text[start.upperBound..<end].split(separator: "\\x").compactMap { UInt8($0, radix: 16) }
        return stride(from: 0, to: bytes.count - bytes.count % 64, by: 64).compactMap { offset in
            guard bytes[offset + 4] == 1 else { return nil }
            return IPv4Address(rawValue: UInt32(bigEndian: bytes[offset + 16..<offset + 20]))
        }
    }
}
