import Addresses
import Foundation
import TestSupport

/// Hundreds of clients behind one socket that lease, confirm and release without end, whether a server is there or not.
///
/// Requests wait until they are fired, all in one go; what is on the wire and unanswered is sent again now and then.
final class RestlessCrowd {
    private(set) var ledger = LeaseLedger()
    private let socket: PacketSocket
    private var members: [Member]
    private var random: SeededGenerator
    /// Who has something on the wire or ready to be fired.
    private var busy: Set<Int> = []
    private var lastXID: UInt32 = 0
    private var server: (mac: MACAddress, address: IPv4Address)

    private struct Member {
        let mac: MACAddress
        /// The message whose answer is awaited, and the frame that carries it.
        var request: (kind: DHCPMessage.Kind, xid: UInt32, frame: [UInt8])?
        var isOnTheWire = false
    }

    private static let firstMAC: UInt64 = 0x0200_0001_0000

    init(of count: Int, on machine: Machine, gateway: IPv4Address, seed: UInt64) throws {
        socket = try PacketSocket(in: machine.sandbox, on: machine.interface)
        members = (0..<UInt64(count)).map { Member(mac: MACAddress(rawValue: Self.firstMAC + $0)) }
        random = SeededGenerator(seed: seed)
        server = (.broadcast, gateway)
    }

    /// New leases whose requests are on the wire and that nobody has answered.
    var inFlightCount: Int {
        busy.count { index in
            let member = members[index]
            return member.isOnTheWire && member.request?.kind == .request && ledger.promises[member.mac] == nil
        }
    }
}

// MARK: Beginning

extension RestlessCrowd {
    /// Lets `count` members without a lease ask for an offer.
    func discover(_ count: Int) throws {
        for index in pick(count, where: { ledger.promises[members[$0].mac] == nil }) {
            try prepare(index, DHCPMessage(.discover, from: members[index].mac, xid: newXID()))
            try fire(index)
        }
    }

    /// Makes INIT-REBOOT requests ready for `count` members with a lease, or for all of them.
    func prepareConfirmations(_ count: Int = .max) throws {
        for index in pick(count, where: { ledger.promises[members[$0].mac] != nil }) {
            guard let promise = ledger.promises[members[index].mac] else { continue }
            var message = DHCPMessage(.request, from: members[index].mac, xid: newXID())
            message[50] = promise.address.bytes
            try prepare(index, message)
        }
    }

    /// Lets members give their leases back, as many as there are above `limit`.
    func releaseSurplus(above limit: Int) throws {
        for index in pick(max(0, ledger.promises.count - limit), where: { ledger.promises[members[$0].mac] != nil }) {
            guard let promise = ledger.promises[members[index].mac] else { continue }
            var message = DHCPMessage(.release, from: members[index].mac, xid: newXID())
            message.ciaddr = promise.address
            message[54] = server.address.bytes
            var frame = Frame(from: members[index].mac, message.bytes())
            (frame.destination, frame.destinationAddress) = (server.mac, server.address)
            frame.sourceAddress = promise.address
            ledger.recordRelease(by: members[index].mac)
            try socket.send(frame.bytes)
        }
    }

    private func pick(_ count: Int, where condition: (Int) -> Bool) -> [Int] {
        var candidates = members.indices.filter { !busy.contains($0) && condition($0) }
        candidates.shuffle(using: &random)
        return Array(candidates.prefix(count))
    }

    private func newXID() -> UInt32 {
        lastXID += 1
        return lastXID
    }

    private func prepare(_ index: Int, _ message: DHCPMessage) throws {
        guard let kind = message.kind else { throw ExchangeError("a message without a type") }
        members[index].request = (kind, message.xid, Frame(from: members[index].mac, message.bytes()).bytes)
        members[index].isOnTheWire = false
        busy.insert(index)
    }

    private func fire(_ index: Int) throws {
        guard let request = members[index].request else { return }
        members[index].isOnTheWire = true
        try socket.send(request.frame)
    }
}

// MARK: Talking

extension RestlessCrowd {
    /// Fires all that is ready or unanswered, in a new order each time.
    func fireAll() throws {
        var order = busy.sorted()
        order.shuffle(using: &random)
        for index in order { try fire(index) }
    }

    /// Takes in the answers that have come.
    func hearAll() throws {
        while let bytes = try socket.receive(before: .now) { try hear(bytes) }
    }

    /// Takes in answers until no DISCOVER waits for one; the requests for what was offered get ready.
    func awaitOffers(within patience: Duration) throws {
        try hear(within: patience) { busy.contains { members[$0].request?.kind == .discover } }
    }

    /// Sends all requests again and again, and follows up every offer, until all are answered or the time is over.
    /// Members without an answer then give up.
    func settle(within patience: Duration, every pause: Duration = .milliseconds(40)) throws {
        let deadline = ContinuousClock.now + patience
        while !busy.isEmpty, .now < deadline {
            try fireAll()
            try hear(within: pause) { !busy.isEmpty }
        }
        for index in busy {
            ledger.recordSilence(to: members[index].mac)
            members[index].request = nil
        }
        busy.removeAll()
    }

    private func hear(within patience: Duration, while goesOn: () -> Bool) throws {
        let deadline = ContinuousClock.now + patience
        while goesOn(), let bytes = try socket.receive(before: deadline) { try hear(bytes) }
    }

    private func hear(_ bytes: [UInt8]) throws {
        guard let frame = Frame(bytes), let reply = DHCPMessage(frame.payload), reply.op == 2 else { return }
        let index = Int(truncatingIfNeeded: reply.mac.rawValue &- Self.firstMAC)
        guard members.indices.contains(index), let request = members[index].request, request.xid == reply.xid else {
            return
        }
        server.mac = frame.source
        switch (request.kind, reply.kind) {
        case (.discover, .offer):
            var message = DHCPMessage(.request, from: reply.mac, xid: newXID())
            message[50] = reply.yiaddr.bytes
            message[54] = reply[54]
            try prepare(index, message)
        case (.request, .ack):
            ledger.recordACK(of: reply.yiaddr, to: reply.mac, seconds: reply.leaseSeconds ?? 0)
            finish(index)
        case (.request, .nak):
            ledger.recordNAK(to: reply.mac)
            finish(index)
        default: break
        }
    }

    private func finish(_ index: Int) {
        members[index].request = nil
        busy.remove(index)
    }
}
