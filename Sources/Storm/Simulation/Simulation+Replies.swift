import Addresses
package import FastDHCP

// How a client handles a reply (RFC 2131 sections 3.1, 3.2 and 4.4).
extension Simulation {
    /// Handles a frame that arrived on `interface` at `now`.
    package mutating func receive(
        _ frame: Span<UInt8>, udpChecksum: UDPChecksumState, by interface: Int32, at now: UInt64
    ) {
        switch MessageView.parse(frame, as: .reply, udpChecksum: udpChecksum, interface: .zero) {
        case .dropped: tally.unreadableCount += 1
        case .message(let message): receive(message, by: interface, at: now)
        }
    }

    private mutating func receive(_ message: borrowing MessageView, by interface: Int32, at now: UInt64) {
        let client = identities.client(ofXID: message.xid)
        guard client.index < clients.count, identities.chaddr(of: client.index) == message.chaddr else {
            tally.strayCount += 1
            return
        }
        // The bridge flooded a reply for one VM to the others too. The copies do not count as answers.
        guard self.interface(of: client.index) == interface else {
            tally.floodedCount += 1
            return
        }
        guard clients[client.index].transaction & ClientIdentities.transactionMask == client.transaction else {
            tally.strayCount += 1
            return
        }
        receive(message, client.index, at: now)
    }

    private mutating func receive(_ message: borrowing MessageView, _ index: Int, at now: UInt64) {
        let state = clients[index].state
        switch message.messageType {
        case .offer where state == .selecting: take(offer: message, index, at: now)
        case .ack where state.awaitsAcknowledgement: take(ack: message, index, at: now)
        case .ack where state == .selecting && plan.asksForRapidCommit && message.hasRapidCommit:
            take(ack: message, index, at: now)
        case .nak where state.awaitsAcknowledgement: takeNAK(index, at: now)
        default: tally.strayCount += 1
        }
    }

    private mutating func take(offer message: borrowing MessageView, _ index: Int, at now: UInt64) {
        guard message.yiaddr != .unspecified, let server = message.serverIdentifier else {
            tally.incompleteCount += 1
            return
        }
        tally.offerCount += 1
        latencies.offer.record(now &- clients[index].firstSent)
        clients[index].address = message.yiaddr
        clients[index].serverIdentifier = server
        say(.requesting, index)
    }

    private mutating func take(ack message: borrowing MessageView, _ index: Int, at now: UInt64) {
        guard message.yiaddr != .unspecified else {
            tally.incompleteCount += 1
            return
        }
        tally.ackCount += 1
        latencies.acknowledgement.record(now &- clients[index].firstSent)
        latencies.recordLease(now &- clients[index].roundStart, of: clients[index].scenario)
        bind(index, to: message, at: now)
        timers.clear(index)
        if clients[index].scenario == .release {
            say(.releasing, index)
        } else {
            clients[index].state = .bound
            completeRound(index, at: now)
        }
    }

    /// Records the lease, and whether another client holds its address.
    private mutating func bind(_ index: Int, to message: borrowing MessageView, at now: UInt64) {
        let address = message.yiaddr
        if clients[index].address != address { holders.remove(clients[index].address, holder: index) }
        if let holder = holders.holder(of: address), holder != index, clients[holder].leaseEnd > now {
            tally.duplicateCount += 1
            if tally.firstDuplicate == nil {
                tally.firstDuplicate = DuplicateAddress(
                    address: address, holder: identities.chaddr(of: holder), other: identities.chaddr(of: index))
            }
        } else {
            holders.set(address, holder: index)
        }
        let leaseSeconds = message.ipAddressLeaseTime ?? .max
        clients[index].address = address
        clients[index].leaseEnd = leaseSeconds == .max ? .max : now &+ UInt64(leaseSeconds) * 1_000_000_000
        clients[index].serverMACAddress = message.ethernetSource
        if let server = message.serverIdentifier { clients[index].serverIdentifier = server }
    }

    private mutating func takeNAK(_ index: Int, at now: UInt64) {
        tally.nakCount += 1
        forgetLease(index)
        pause(index, at: now)
    }

    /// Removes the client's lease and its hold on the address.
    mutating func forgetLease(_ index: Int) {
        holders.remove(clients[index].address, holder: index)
        clients[index].address = .unspecified
        clients[index].leaseEnd = 0
    }
}
