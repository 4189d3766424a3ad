import Addresses
import Testing

@testable import FastDHCP

@Suite("A client has one change in flight, and its newest message waits for that")
struct DeferralTests {
    private let rig = EngineRig(addressCount: 4)
    private var client: TestClient { TestClient(1, on: rig) }

    @Test("one change stays in flight however often the client takes and gives back its address")
    func toggling() {
        let address = client.offer()
        for round in 0..<3000 {
            if round % 2 == 0 { client.select(address) } else { client.release(address) }
            #expect(rig.inFlight.count == 1)
        }
        rig.commitOldest()
        #expect(rig.inFlight.map(\.kind) == [.release], "the last message, and none of those before it")
        rig.commitOldest()
        #expect(rig.inFlight.isEmpty)
        #expect(rig.slot(address).owner.isAvailable)
    }

    @Test("one move stays in flight however often the client moves; its two changes count as one")
    func moving() {
        let addresses = pool(of: 4)
        client.lease(requesting: addresses[0])
        for round in 1...1000 {
            client.select(addresses[round % 4])
            #expect(rig.inFlight.count == 2)
        }
        // The first move leads to the second address, the last message asks for the first.
        rig.commitOldest()
        #expect(rig.inFlight.count == 1, "the message waits for both changes")
        rig.commit()
        #expect(addresses.map(rig.state) == [.bound, .expired, .free, .free])
    }

    @Test("a DISCOVER after a RELEASE needs no retransmission, nor does the REQUEST for the offer")
    func releaseThenDiscover() {
        let address = client.lease()
        client.release(address)
        #expect(client.discover() == .deferred(replacing: nil))
        #expect(rig.commit().map(\.messageType) == [.offer])
        #expect(client.select(address) == .committing)
        #expect(rig.commit().map(\.messageType) == [.ack])
    }

    @Test("the newest message counts, and the one that it replaces is named")
    func newest() {
        let address = client.offer()
        client.select(address)
        var request = client.unicast(.release, from: address)
        request.xid = 77
        #expect(rig.send(request) == .deferred(replacing: nil))
        #expect(client.select(address) == .deferred(replacing: 77))
        #expect(rig.commit().map(\.messageType) == [.ack, .ack])
        #expect(rig.state(address) == .bound)
    }

    @Test("a deferred message keeps every field and option")
    func whole() throws {
        let address = client.lease()
        client.release(address)
        var request = client.message(.request)
        request.xid = 0xDEAD_BEEF
        request.flags = 0x8000
        request.requestedIPAddress = address
        request.serverIdentifier = EngineRig.server
        let identifier: [UInt8] = [61, 5, 255, 1, 2, 3, 4]
        #expect(rig.send(request, options: identifier) == .deferred(replacing: nil))
        let later = try #require(rig.commit().first)
        #expect(later.xid == 0xDEAD_BEEF && later.clientIdentifier == [255, 1, 2, 3, 4])
        #expect(later.destinationAddress == .broadcast && later.yiaddr == address)
        #expect(later.leaseSeconds == EngineRig.leaseSeconds)
    }

    @Test("another station's message cannot replace the client's")
    func forged() {
        let address = client.offer()
        client.select(address)
        client.release(address)
        var forged = client.message(.request)
        forged.ethernetSource = mac(2)
        forged.requestedIPAddress = address
        forged.serverIdentifier = EngineRig.server
        #expect(rig.send(forged) == .dropped(.sourceMACMismatch))
        rig.commitOldest()
        #expect(rig.inFlight.map(\.kind) == [.release])
    }

    @Test("an INFORM does not wait, and neither do other clients")
    func others() {
        let address = client.offer()
        client.select(address)
        #expect(client.inform(address).messageType == .ack)
        #expect(TestClient(2, on: rig).discover().messageType == .offer)
        #expect(rig.takeResolved().isEmpty)
    }

    @Test("a message waits while the committer has no room, and is not lost")
    func room() {
        let address = client.offer()
        client.select(address)
        client.release(address)
        rig.commitRoom = 1
        rig.commitOldest()
        #expect(rig.inFlight.isEmpty && rig.state(address) == .bound)
        #expect(client.discover() == .silent(.committerBusy), "none comes before it")
        rig.commitRoom = 2
        rig.tick()
        #expect(rig.inFlight.map(\.kind) == [.release])
    }

    @Test("an expiry does not wait, so a client that is always busy keeps no address forever")
    func expiry() throws {
        let former = client.lease()
        let present = try #require(pool(of: 4).first { $0 != former })
        client.select(present)
        // The removal fails: the former address is left over, and ends by itself.
        rig.commitOldest(isDurable: false)
        rig.commitOldest()
        client.release(present)
        rig.wait(seconds: 2)
        #expect(rig.inFlight.map(\.kind) == [.release, .expire])
        #expect(client.discover() == .deferred(replacing: nil))
        rig.commitOldest()
        #expect(rig.takeResolved().isEmpty, "the message waits for both")
        #expect(rig.commit().last?.messageType == .offer)
    }
}

@Suite("Deferred messages")
struct DeferredMessagesTests {
    @Test("there is room for as many messages as changes can be in flight, again and again, and for no more")
    func capacity() {
        var messages = DeferredMessages()
        for round in 0..<3 {
            for xid in 0..<DeferredMessages.capacity {
                #expect(append(UInt32(round * 10_000 + xid), to: &messages) != nil)
            }
            #expect(append(1, to: &messages) == nil)
            for number in 0..<DeferredMessages.capacity { messages.makeReady(number) }
            var xids: Set<UInt32> = []
            while let message = messages.takeReady() { xids.insert(message.view.xid) }
            #expect(xids.count == DeferredMessages.capacity && xids.min() == UInt32(round * 10_000))
        }
    }

    @Test(
        "a message keeps its bytes up to the longest Ethernet frame; a longer one is not kept",
        arguments: [282, 1514, 1521])
    func length(byteCount: Int) throws {
        var bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        bytes.replaceSubrange(FrameLayout.xid..<FrameLayout.xid + 4, with: [1, 2, 3, 4])
        var messages = DeferredMessages()
        let frame = bytes.span
        let view = MessageView(frame: frame, index: OptionIndex(of: frame), messageType: .request)
        guard let number = messages.append(view) else {
            #expect(byteCount > 1520)
            return
        }
        #expect(byteCount <= 1520 && messages.xid(of: number) == 0x0102_0304)
        messages.makeReady(number)
        let taken = messages.takeReady()
        let kept = try #require(taken)
        #expect(kept.view.messageType == .request && kept.view.frame.count == byteCount)
        let copy = (0..<byteCount).map { kept.view.frame[$0] }
        #expect(copy == bytes)
        let isEmpty = !messages.hasReady
        #expect(isEmpty)
    }

    private func append(_ xid: UInt32, to messages: inout DeferredMessages) -> Int? {
        var memory = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
        var frame = memory.mutableSpan
        let count = RequestWriter.write(Request(.discover, chaddr: mac(1), xid: xid), options: Span(), into: &frame)
        let sent = memory.span.extracting(0..<count)
        return messages.append(MessageView(frame: sent, index: OptionIndex(of: sent), messageType: .discover))
    }
}
