import Addresses
import FastDHCP

// What clients and control do.
extension World {
    /// A delayed message arrives, or a client or control acts.
    func act() {
        if !delayed.isEmpty, random.chance(250) {
            deliver(delayed.remove(at: random.below(delayed.count)))
            return
        }
        let index = random.below(clients.count)
        if random.chance(10) {
            order(releaseOf: index)
        } else if random.chance(10) {
            toggle(index)
        } else if let request = nextRequest(of: index) {
            send(request)
        }
    }

    /// A client releases and selects its address again and again, or selects random ones, without waiting for an
    /// answer.
    private func toggle(_ index: Int) {
        guard case .bound(let address, _) = clients[index].state else { return }
        clients[index].state = .idle
        let moves = random.chance(300)
        for _ in 0..<random.within(1...6) {
            if moves {
                send(clients[index].select(anyAddress))
            } else {
                send(clients[index].release(address))
                if random.chance(800) { send(clients[index].select(address)) }
            }
        }
    }

    private func send(_ request: Request) {
        record(request)
        if random.chance(150), delayed.count < 16 { delayed.append(request) }
        if !random.chance(conditions.lossRate) { deliver(request) }
    }

    /// Notes which leases the client gives up with this message.
    private func record(_ request: Request) {
        switch request.messageType {
        case .release: giveUp(request.chaddr) { $0 == nil || $0 == request.ciaddr }
        case .decline: giveUp(request.chaddr) { $0 == nil || $0 == request.requestedIPAddress }
        case .request where request.serverIdentifier == Conditions.server:
            giveUp(request.chaddr) { $0 != request.requestedIPAddress }
        default: break
        }
    }

    /// A client gives up its leases of some addresses, and the pending answers about them.
    private func giveUp(_ client: MACAddress, _ isMeant: (IPv4Address?) -> Bool) {
        ledger.end(of: client, isMeant)
        for (xid, question) in questions where question.client == client && isMeant(question.address) {
            questions[xid]?.isWithdrawn = true
        }
    }

    /// Control releases an address: the VM is gone, and comes back as a new one.
    private func order(releaseOf index: Int) {
        guard let worker = worker(of: clients[index].mac), !outage.isDown else { return }
        trace("control releases \(clients[index].mac)")
        giveUp(clients[index].mac) { _ in true }
        clients[index].state = .idle
        worker.release(clients[index].mac, now: clock.boot)
    }

    func workerNumber(of client: MACAddress) -> Int { Int(client.rawValue % UInt64(conditions.workerCount)) }

    func worker(of client: MACAddress) -> SimulatedWorker? { workers.isEmpty ? nil : workers[workerNumber(of: client)] }

    private var anyAddress: IPv4Address { random.pick(conditions.pool) }

    private func nextRequest(of index: Int) -> Request? {
        let client = clients[index]
        switch client.state {
        case .idle: return idleRequest(client)
        case .offered(let address): return answerToOffer(index, address)
        case .bound(let address, let until):
            guard until > clock.elapsed else {
                clients[index].state = .idle
                return idleRequest(client)
            }
            return boundRequest(index, address)
        }
    }

    private func idleRequest(_ client: SimulatedClient) -> Request {
        switch random.below(12) {
        case 0: client.select(client.lastAddress ?? anyAddress)
        case 1: client.renew(anyAddress)
        case 2, 3: client.reboot(client.lastAddress ?? anyAddress)
        case 4: client.discover(requesting: anyAddress, rapidCommit: false)
        case 5: client.discover(requesting: nil, rapidCommit: true)
        default: client.discover(requesting: random.chance(500) ? client.lastAddress : nil, rapidCommit: false)
        }
    }

    private func answerToOffer(_ index: Int, _ address: IPv4Address) -> Request? {
        let client = clients[index]
        switch random.below(16) {
        case 0:
            clients[index].state = .idle
            return client.select(address, server: IPv4Address(10, 0, 0, 2))
        case 1:
            clients[index].state = .idle
            return client.decline(address)
        case 2:
            clients[index].state = .idle
            return nil
        default: return client.select(address)
        }
    }

    private func boundRequest(_ index: Int, _ address: IPv4Address) -> Request? {
        let client = clients[index]
        switch random.below(24) {
        case 0, 1:
            clients[index].state = .idle
            return client.release(address)
        case 2:
            clients[index].state = .idle
            return client.decline(address)
        case 3, 4:
            // It reboots and remembers nothing.
            clients[index].state = .idle
            return client.discover(requesting: nil, rapidCommit: random.chance(300))
        case 5: return client.select(random.chance(700) ? address : anyAddress)
        case 6...8: return client.reboot(address)
        case 9...11: return client.rebind(address)
        default: return client.renew(address)
        }
    }
}

// The server's side of a message.
extension World {
    /// A message arrives at the server, if one is running.
    private func deliver(_ request: Request) {
        guard kernel.isUp, !outage.isDown, let worker = worker(of: request.chaddr) else { return }
        record(request)
        tally.messages += 1
        lastXID += 1
        var request = request
        request.xid = lastXID
        let named = request.ciaddr == .unspecified ? request.requestedIPAddress : request.ciaddr
        // The address in a DISCOVER is only a wish.
        let address = request.messageType == .discover ? nil : named
        questions[lastXID] = Question(
            client: request.chaddr, address: address, decidedAt: clock.elapsed)
        var bytes = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
        var frame = bytes.mutableSpan
        let count = RequestWriter.write(request, options: [UInt8]().span, into: &frame)
        let received = bytes.span.extracting(first: count)
        worker.takeCompletions(now: clock.boot)
        worker.serve(received, now: clock.boot)
    }

    /// Notes what the server decided about a message.
    func didDecide(_ decision: Decision, on message: borrowing MessageView) {
        let xid = message.xid
        let kind = message.messageType
        let client = message.chaddr
        if waiting.remove(xid) != nil { tally.deferred += 1 }
        switch decision {
        case .reply:
            trace("\(kind) \(client): replied at once")
        case .commit(let change, let freeing):
            trace("\(kind) \(client) about \(subject(xid)): \(change.kind) \(change.address)")
            guard let worker = worker(of: client) else { return }
            if let freeing { worker.record(freeing) }
            worker.record(change)
            if worker.hasTwoChangesInFlight(of: client) { violate("\(client) has changes of two messages in flight") }
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
