import Addresses
import FastDHCP

// The messages of a client, by its state (RFC 2131 section 4.4, table 5).
extension Simulation {
    /// Puts a client into a state that begins with a message. The message begins a new transaction, unless it answers
    /// an OFFER.
    mutating func say(_ state: ClientState, _ index: Int) {
        if state != .requesting { clients[index].transaction &+= 1 }
        clients[index].state = state
        clients[index].sendCount = 0
        enqueue(index)
    }

    /// Queues the message that belongs to a client's state.
    mutating func enqueue(_ index: Int) {
        guard !clients[index].isQueued else { return }
        clients[index].isQueued = true
        outbox.append(index)
    }

    /// Writes the next outgoing frame, which leaves through ``nextInterface`` and counts as sent at `now`. Returns its
    /// size in bytes: 0 if the client has nothing to send any more.
    /// - Precondition: `frame` has room for ``FastDHCP/RequestWriter/frameByteCapacity`` bytes.
    package mutating func writeNext(into frame: inout MutableSpan<UInt8>, at now: UInt64) -> Int {
        guard let index = outbox.popFirst() else { return 0 }
        clients[index].isQueued = false
        guard let request = request(of: index, at: now) else { return 0 }
        let byteCount = RequestWriter.write(request, options: Self.parameterRequestList.span, into: &frame)
        recordSent(index, at: now)
        return byteCount
    }

    private mutating func recordSent(_ index: Int, at now: UInt64) {
        let isResend = clients[index].sendCount > 0
        if !isResend { clients[index].firstSent = now }
        clients[index].sendCount = clients[index].sendCount &+ 1
        let state = clients[index].state
        if isResend { tally.resendCount += 1 }
        switch state {
        case .selecting: tally.discoverCount += 1
        case .releasing: tally.releaseCount += 1
        default: tally.requestCount += 1
        }
        guard state == .releasing else { return awaitAnswer(index, at: now) }
        forgetLease(index)
        clients[index].state = .off
        completeRound(index, at: now)
    }

    /// The message that belongs to a client's state; nil if the client has nothing to send any more.
    private func request(of index: Int, at now: UInt64) -> Request? {
        let client = clients[index]
        var request: Request
        switch client.state {
        case .selecting:
            request = self.request(.discover, index)
            request.hasRapidCommit = plan.asksForRapidCommit
        case .requesting:
            request = self.request(.request, index)
            request.requestedIPAddress = client.address
            request.serverIdentifier = client.serverIdentifier
        case .rebooting:
            request = self.request(.request, index)
            request.requestedIPAddress = client.address
        case .renewing:
            request = self.request(.request, index)
            request.ciaddr = client.address
            direct(&request, to: client)
        case .rebinding:
            request = self.request(.request, index)
            request.ciaddr = client.address
            request.sourceAddress = client.address
        case .releasing:
            request = self.request(.release, index)
            request.ciaddr = client.address
            request.serverIdentifier = client.serverIdentifier
            direct(&request, to: client)
        case .off, .initial, .bound, .lost: return nil
        }
        request.secs = UInt16(clamping: (now &- client.roundStart) / 1_000_000_000)
        return request
    }

    @inline(__always)
    private func request(_ type: MessageType, _ index: Int) -> Request {
        var request = Request(
            type, chaddr: identities.chaddr(of: index),
            xid: identities.xid(of: index, transaction: clients[index].transaction))
        if plan.setsBroadcastFlag { request.flags = 0x8000 }
        return request
    }

    /// Addresses the message to the client's own server only.
    @inline(__always)
    private func direct(_ request: inout Request, to client: SimulatedClient) {
        request.ethernetDestination = client.serverMACAddress
        request.sourceAddress = client.address
        request.destinationAddress = client.serverIdentifier
    }

    /// Option 55 as common Linux clients send it: mask, router, name servers, host name, domain, MTU,
    /// broadcast address, classless routes.
    private static let parameterRequestList: [UInt8] = [55, 8, 1, 3, 6, 12, 15, 26, 28, 121]
}
