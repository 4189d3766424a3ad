import Addresses

import LinuxSystem
@testable import FastDHCP

/// A server with what its clients were told and what its disk holds. Both are compared with its table after every
/// action.
///
/// The promises are taken from the messages alone: which address, to whom, until when.
final class CheckedServer {
    let rig: EngineRig
    let addresses: [IPv4Address]
    /// The first thing that was wrong, in words.
    private(set) var violation: String?

    /// What a client may rely on: the address belongs to it until then.
    struct Promise: Hashable {
        var address: IPv4Address
        var until: BootTime
    }

    /// What a restart would find for an address.
    struct Record: Hashable {
        var client: MACAddress
        var state: LeaseState
        var deadline: BootTime
        var holdUntil: BootTime
    }

    private(set) var promises: [MACAddress: Promise] = [:]
    private(set) var disk: [IPv4Address: Record] = [:]
    /// By client: the number of its conversation. The client ignores an ACK of a conversation that it has given up.
    private(set) var conversations: [MACAddress: UInt32] = [:]
    private var clients: [MACAddress: TestClient] = [:]

    init(_ rig: EngineRig) {
        self.rig = rig
        addresses = (0..<rig.table.count).map(rig.table.address(of:))
    }

    /// - Parameter isChecked: false for actions that were checked in an earlier run.
    func perform(_ action: Action, isChecked: Bool = true) {
        apply(action)
        exchangeResolved()
        if isChecked { check() }
    }

    private func apply(_ action: Action) {
        switch action {
        case .discover(let client, let requesting, let rapidCommit):
            let address = requesting.map { addresses[$0] }
            exchange(
                testClient(client).discover(requesting: address, rapidCommit: rapidCommit), with: testClient(client))
        case .request(let request, let client, let address):
            // A client that selects an address starts a new conversation and has given up any other address.
            if request == .selecting { hangUp(testClient(client), keeping: addresses[address]) }
            exchange(testClient(client).send(request, for: addresses[address]), with: testClient(client))
        case .release(let client, let address):
            leave(testClient(client), testClient(client).release(addresses[address]))
        case .decline(let client, let address):
            leave(testClient(client), testClient(client).decline(addresses[address]))
        case .inform(let client, let address):
            testClient(client).inform(addresses[address])
        case .order(let client):
            // The VM is gone.
            if rig.order(releaseOf: testClient(client).mac) == .committing { hangUp(testClient(client)) }
        case .decide(let worker, let isDurable):
            if !rig.inFlight(of: worker).isEmpty { decide(worker: worker, isDurable: isDurable) }
        case .wait(let seconds):
            rig.wait(seconds: seconds)
        case .room(let room):
            rig.commitRoom = room
        }
    }

    private func testClient(_ number: Int) -> TestClient {
        var client = TestClient(number, on: rig)
        clients[client.mac] = client
        client.xid = conversations[client.mac, default: 0]
        return client
    }

    /// The client gives up its address and ignores answers that are still on their way.
    /// - Parameter address: an address that it keeps if it has it.
    private func hangUp(_ client: TestClient, keeping address: IPv4Address? = nil) {
        if promises[client.mac]?.address != address { promises[client.mac] = nil }
        conversations[client.mac, default: 0] += 1
    }

    /// The client gives up its address, unless the server refused its message.
    private func leave(_ client: TestClient, _ outcome: EngineRig.Outcome) {
        switch outcome {
        case .committing, .deferred: hangUp(client)
        case .answered, .silent, .dropped: break
        }
    }

    /// Clients learn the outcomes of deferred messages late.
    private func exchangeResolved() {
        for (client, outcome) in rig.takeResolved() {
            guard let client = clients[client] else { continue }
            exchange(outcome, with: client)
        }
    }

    private func exchange(_ outcome: EngineRig.Outcome, with client: TestClient) {
        guard case .answered(let answer) = outcome else { return }
        switch answer.messageType {
        case .offer: checkOffer(of: answer.yiaddr, to: client.mac)
        case .nak: if answer.xid == conversations[client.mac, default: 0] { hangUp(client) }
        default:
            let until = rig.now + UInt64(rig.configuration.leaseSeconds) * 1000
            promise(answer, until: until, to: client.mac)
        }
    }

    private func decide(worker: Int, isDurable: Bool) {
        let (change, answer) = rig.commitOldest(of: worker, isDurable: isDurable)
        guard isDurable else { return }
        disk[change.address] = Record(
            client: change.client, state: change.state, deadline: change.deadline, holdUntil: change.holdUntil)
        if let answer { promise(answer, until: change.deadline, to: change.client) }
    }

    private func promise(_ ack: Answer, until: BootTime, to client: MACAddress) {
        let record = disk[ack.yiaddr]
        if record?.client != client || record?.state != .bound || record!.holdUntil < until {
            fail("\(client) is ACKed \(ack.yiaddr) until \(until.milliseconds), on disk is \(record as Any)")
        }
        if ack.xid == conversations[client, default: 0] {
            promises[client] = Promise(address: ack.yiaddr, until: until)
        }
    }

    private func fail(_ words: String) { if violation == nil { violation = words } }
}

// What must hold after every action.
extension CheckedServer {
    private func check() {
        for (client, promise) in promises where promise.until > rig.now {
            let owner = rig.slot(promise.address).owner
            if owner.client != client || owner.state != .bound {
                fail("\(promise.address) was promised to \(client), and the table says \(describe(owner))")
            }
        }
        for slotIndex in addresses.indices { check(slotIndex) }
        checkChangesInFlight()
        if rig.table.stateCounts().reduce(0, +) != addresses.count { fail("states do not add up to the pool") }
    }

    private func check(_ slotIndex: Int) {
        let address = addresses[slotIndex]
        let slot = rig.slot(address)
        let record = disk[address]
        let changes = rig.inFlight.filter { $0.slotIndex == slotIndex }
        if slot.owner.isPending == changes.isEmpty { fail("\(address): pending without a change, or the reverse") }
        if changes.count > 1 { fail("\(address): two changes in flight") }
        if let last = changes.last {
            if last.sequence != slot.changeSequence { fail("\(address): waits for another change than its last") }
            if changes.contains(where: { $0.worker != slot.owner.worker }) { fail("\(address): two workers") }
        }
        if slot.owner.isAvailable, record?.state == .bound { fail("\(address): available while bound on disk") }
        if slot.owner.state == .bound, !slot.owner.isPending,
            record?.state != .bound || record?.client != slot.owner.client
        {
            fail("\(address): bound, and the disk does not know")
        }
        checkDurable(slot.durable, record, of: address)
    }

    /// A client has the changes of only one message in flight, with consecutive numbers. Expiries do not count.
    private func checkChangesInFlight() {
        let changes = rig.inFlight.filter { $0.kind != .expire }
        for (client, changes) in Dictionary(grouping: changes, by: \.client) {
            let sequences = changes.map(\.sequence)
            if sequences.max()! - sequences.min()! > UInt64(Engine.changesPerRequest - 1) {
                fail("\(client) has changes of two messages in flight")
            }
        }
    }

    /// Compares the slot's durable binding with the disk. A declined address that is free again may be forgotten.
    private func checkDurable(_ durable: DurableBinding, _ record: Record?, of address: IPv4Address) {
        guard durable != .none else {
            if let record, record.state != .declined || record.deadline > rig.now {
                fail("\(address): forgot \(record)")
            }
            return
        }
        let isEqual =
            record?.client == durable.owner.client && record?.state == durable.owner.state
            && record?.holdUntil == durable.holdUntil && record!.deadline <= durable.deadline
            && durable.deadline <= max(record!.holdUntil, record!.deadline)
        if !isEqual { fail("\(address): the table takes \(durable) for the disk's \(record as Any)") }
    }

    private func checkOffer(of address: IPv4Address, to client: MACAddress) {
        if let record = disk[address], record.state == .bound, record.client != client {
            fail("\(address) is offered to \(client) while the disk has it bound to \(record.client)")
        }
        for (other, promise) in promises where other != client && promise.address == address && promise.until > rig.now
        {
            fail("\(address) is offered to \(client) while \(other) relies on it")
        }
    }

    private func describe(_ owner: SlotOwner) -> String {
        "\(owner.client) \(owner.state)\(owner.isPending ? " pending" : "") of worker \(owner.worker)"
    }

    /// Lets everything end, and checks that all addresses can be given out again.
    func drain() {
        rig.commitRoom = EngineRig.changeLimit
        for _ in 0..<3 {
            rig.wait(
                seconds: 2 * UInt64(rig.configuration.leaseSeconds) + rig.configuration.declineMilliseconds / 1000 + 60)
            rig.wait(seconds: 2)
            for worker in 0..<rig.workerCount {
                while !rig.inFlight(of: worker).isEmpty { decide(worker: worker, isDurable: true) }
            }
            check()
        }
        let offered = addresses.indices.compactMap { TestClient(1_000_000 + $0, on: rig).discover().answer?.yiaddr }
        if Set(offered) != Set(addresses) { fail("of \(addresses) only \(offered) can be given out again") }
    }
}
