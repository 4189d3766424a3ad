import Addresses
import FastDHCP
import LinuxSystem

extension World {
    /// A reply as it stands on the wire.
    private struct Answer {
        var type: MessageType
        var xid: UInt32
        var client: MACAddress
        var address: IPv4Address
    }

    /// Sends a reply. The checker sees it; the client may not.
    func transmit(_ reply: Reply) -> Bool {
        guard kernel.isUp, !outage.isDown else { return false }
        let answer = read(reply)
        guard let question = questions.removeValue(forKey: answer.xid) else { return true }
        trace("\(answer.type) \(answer.address) to \(answer.client)")
        switch answer.type {
        case .offer: checkOffer(answer)
        case .ack: checkAck(answer, question)
        default: checkRefusal(answer, question)
        }
        if !random.chance(conditions.lossRate) { receive(answer, question) }
        return true
    }

    private func read(_ reply: Reply) -> Answer {
        var bytes = [UInt8](repeating: 0, count: ReplyWriter.frameByteCapacity)
        var frame = bytes.mutableSpan
        let server = ServerIdentity(address: Conditions.server, macAddress: Conditions.bridge)
        let count = ReplyWriter.write(reply, server: server, options: options, into: &frame)
        let sent = bytes.span.extracting(first: count)
        switch MessageView.parse(sent, as: .reply, udpChecksum: .valid, interface: reply.ethernetDestination) {
        case .dropped(let reason): preconditionFailure("a client would drop the reply as \(reason)")
        case .message(let view):
            return Answer(type: view.messageType, xid: view.xid, client: view.chaddr, address: view.yiaddr)
        }
    }

    private func receive(_ answer: Answer, _ question: Question) {
        guard let index = clients.firstIndex(where: { $0.mac == answer.client }) else { return }
        switch answer.type {
        case .offer:
            if case .bound = clients[index].state { return }
            clients[index].state = .offered(answer.address)
        case .ack:
            clients[index].state = .bound(
                answer.address, until: question.decidedAt + conditions.leaseMilliseconds)
            clients[index].lastAddress = answer.address
        default: clients[index].state = .idle
        }
    }
}

// The promises that a reply must keep.
extension World {
    private func checkOffer(_ offer: Answer) {
        tally.offers += 1
        let now = clock.elapsed
        if let promise = ledger.promise(of: offer.address, at: now), promise.client != offer.client {
            violate("\(offer.address) is offered to \(offer.client) while it is leased to \(promise.client)")
        }
        let isLeftBehind = kernel.leftBehind.contains(offer.address)
        if let owner = kernel.routes[offer.address], owner != offer.client, !isLeftBehind {
            violate("\(offer.address) is offered to \(offer.client) before the route to \(owner) is gone")
        }
        // After a failure the contents of the disk prove nothing; the next ACK waits for a new file.
        guard disk.isTrusted, let bytes = disk.journal?.durable,
            let record = DurableRecord.latest(of: offer.address, in: bytes), record.isBound,
            ledger.isAcknowledged(record)
        else { return }
        if record.client != offer.client {
            violate(
                "\(offer.address) is offered to \(offer.client) before its removal from \(record.client) is durable")
        }
    }

    private func checkAck(_ ack: Answer, _ question: Question) {
        tally.acks += 1
        let now = clock.elapsed
        let until = question.decidedAt + conditions.leaseMilliseconds
        if let promise = ledger.promise(of: ack.address, at: now), promise.client != ack.client {
            violate("\(ack.address) is acknowledged to \(ack.client) while it is leased to \(promise.client)")
        }
        if kernel.routes[ack.address] != ack.client {
            violate("\(ack.address) is acknowledged to \(ack.client) without a route")
        }
        if disk.journals.isEmpty { violate("\(ack.address) is acknowledged without a journal") }
        for file in disk.journals {
            let record = DurableRecord.latest(of: ack.address, in: file.durable)
            if let record, isHeld(ack, by: record, for: until > now ? until - now : 0) {
                ledger.record(record)
            } else {
                let found = record.map { "\($0)" } ?? "no record"
                violate("\(ack.address) is acknowledged to \(ack.client), and a power cut would forget it: \(found)")
            }
        }
        guard !question.isWithdrawn else { return }
        ledger.record(Ledger.Promise(address: ack.address, client: ack.client, until: until))
    }

    private func isHeld(_ ack: Answer, by record: DurableRecord, for milliseconds: UInt64) -> Bool {
        record.isBound && record.client == ack.client
            && record.holdMilliseconds(at: clock.reading.wall) + clock.excess >= milliseconds
    }

    private func checkRefusal(_ refusal: Answer, _ question: Question) {
        tally.refusals += 1
        guard let address = question.address, let promise = ledger.promise(of: address, at: clock.elapsed),
            promise.client == refusal.client
        else { return }
        // The server does not answer its owner about a quarantined address, so the owner took another one.
        if mayQuarantine, slot(of: address)?.owner.state == .quarantined { return }
        violate("\(refusal.client) is refused \(address), which it was promised")
    }
}
