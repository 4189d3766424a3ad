import Addresses
import FastDHCP

// What clients and control do.
extension World {
    /// Somebody does something.
    func act() {
        if !delayed.isEmpty, dice.chance(250) {
            deliver(delayed.remove(at: dice.below(delayed.count)))
            return
        }
        let index = dice.below(guests.count)
        if dice.chance(10) {
            order(releaseOf: index)
        } else if dice.chance(10) {
            toggle(index)
        } else if let request = nextRequest(of: index) {
            send(request)
        }
    }

    /// A client that wants and does not want its address, or moves to any other, without waiting for an answer.
    private func toggle(_ index: Int) {
        guard case .bound(let address, _) = guests[index].state else { return }
        guests[index].state = .idle
        let moves = dice.chance(300)
        for _ in 0..<dice.within(1...6) {
            if moves {
                send(guests[index].select(anyAddress))
            } else {
                send(guests[index].release(address))
                if dice.chance(800) { send(guests[index].select(address)) }
            }
        }
    }

    private func send(_ request: Request) {
        note(request)
        if dice.chance(150), delayed.count < 16 { delayed.append(request) }
        if !dice.chance(conditions.lossRate) { deliver(request) }
    }

    /// What a message says of its client's own leases.
    private func note(_ request: Request) {
        switch request.messageType {
        case .release: giveUp(request.chaddr) { $0 == nil || $0 == request.ciaddr }
        case .decline: giveUp(request.chaddr) { $0 == nil || $0 == request.requestedIPAddress }
        case .request where request.serverIdentifier == Conditions.server:
            giveUp(request.chaddr) { $0 != request.requestedIPAddress }
        default: break
        }
    }

    /// A client gives up what it has of some addresses, and what it is yet to be told of them.
    private func giveUp(_ client: MACAddress, _ isMeant: (IPv4Address?) -> Bool) {
        ledger.end(of: client, isMeant)
        for (xid, question) in questions where question.client == client && isMeant(question.address) {
            questions[xid]?.isWithdrawn = true
        }
    }

    /// Control takes an address away: its VM is gone, and comes back as a new one.
    private func order(releaseOf index: Int) {
        guard let desk = desk(of: guests[index].mac), !outage.isDown else { return }
        trace("control releases \(guests[index].mac)")
        giveUp(guests[index].mac) { _ in true }
        guests[index].state = .idle
        desk.release(guests[index].mac, now: clock.boot)
    }

    func workerNumber(of client: MACAddress) -> Int { Int(client.rawValue % UInt64(conditions.workerCount)) }

    func desk(of client: MACAddress) -> Desk? { desks.isEmpty ? nil : desks[workerNumber(of: client)] }

    private var anyAddress: IPv4Address { dice.pick(conditions.pool) }

    private func nextRequest(of index: Int) -> Request? {
        let guest = guests[index]
        switch guest.state {
        case .idle: return idleRequest(guest)
        case .offered(let address): return answerToOffer(index, address)
        case .bound(let address, let until):
            guard until > clock.elapsed else {
                guests[index].state = .idle
                return idleRequest(guest)
            }
            return boundRequest(index, address)
        }
    }

    private func idleRequest(_ guest: Guest) -> Request {
        switch dice.below(12) {
        case 0: guest.select(guest.lastAddress ?? anyAddress)
        case 1: guest.renew(anyAddress)
        case 2, 3: guest.reboot(guest.lastAddress ?? anyAddress)
        case 4: guest.discover(requesting: anyAddress, rapidCommit: false)
        case 5: guest.discover(requesting: nil, rapidCommit: true)
        default: guest.discover(requesting: dice.chance(500) ? guest.lastAddress : nil, rapidCommit: false)
        }
    }

    private func answerToOffer(_ index: Int, _ address: IPv4Address) -> Request? {
        let guest = guests[index]
        switch dice.below(16) {
        case 0:
            guests[index].state = .idle
            return guest.select(address, server: IPv4Address(10, 0, 0, 2))
        case 1:
            guests[index].state = .idle
            return guest.decline(address)
        case 2:
            guests[index].state = .idle
            return nil
        default: return guest.select(address)
        }
    }

    private func boundRequest(_ index: Int, _ address: IPv4Address) -> Request? {
        let guest = guests[index]
        switch dice.below(24) {
        case 0, 1:
            guests[index].state = .idle
            return guest.release(address)
        case 2:
            guests[index].state = .idle
            return guest.decline(address)
        case 3, 4:
            // It boots anew and has forgotten all.
            guests[index].state = .idle
            return guest.discover(requesting: nil, rapidCommit: dice.chance(300))
        case 5: return guest.select(dice.chance(700) ? address : anyAddress)
        case 6...8: return guest.reboot(address)
        case 9...11: return guest.rebind(address)
        default: return guest.renew(address)
        }
    }
}

// The server's side of a message.
extension World {
    /// A message arrives at the server, if there is one.
    private func deliver(_ request: Request) {
        guard kernel.isUp, !outage.isDown, let desk = desk(of: request.chaddr) else { return }
        note(request)
        tally.messages += 1
        lastXID += 1
        var request = request
        request.xid = lastXID
        let named = request.ciaddr == .unspecified ? request.requestedIPAddress : request.ciaddr
        // What a DISCOVER names is a wish.
        let address = request.messageType == .discover ? nil : named
        questions[lastXID] = Question(
            client: request.chaddr, address: address, decidedAt: clock.elapsed)
        var bytes = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
        var frame = bytes.mutableSpan
        let count = RequestWriter.write(request, options: [UInt8]().span, into: &frame)
        let received = bytes.span.extracting(first: count)
        desk.takeCompletions(now: clock.boot)
        desk.serve(received, now: clock.boot)
    }

    /// Sees what the server decided about a message.
    func note(_ decision: Decision, on message: borrowing MessageView) {
        let xid = message.xid
        let kind = message.messageType
        let client = message.chaddr
        if waiting.remove(xid) != nil { tally.deferred += 1 }
        switch decision {
        case .reply:
            trace("\(kind) \(client): replied at once")
        case .commit(let change, let freeing):
            trace("\(kind) \(client) about \(subject(xid)): \(change.kind) \(change.address)")
            guard let desk = desk(of: client) else { return }
            if let freeing { desk.note(freeing) }
            desk.note(change)
            if desk.hasTwoChangesInFlight(of: client) { violate("\(client) has changes of two messages in flight") }
            if !change.hasReply { questions[xid] = nil }
        case .deferred(let replaced):
            trace("\(kind) \(client) about \(subject(xid)): waits")
            waiting.insert(xid)
            guard let replaced else { return }
            waiting.remove(replaced)
            questions[replaced] = nil
        case .silence(let reason):
            trace("\(kind) \(client) about \(subject(xid)): silence, \(reason)")
            questions[xid] = nil
        case .drop(let reason): preconditionFailure("a plain request is dropped as \(reason)")
        }
    }

    private func subject(_ xid: UInt32) -> String { questions[xid]?.address.map(\.description) ?? "any" }
}
