import Addresses
import Netlink
import Testing

@Suite("Encoding messages")
struct MessageBufferTests {
    private let route = RouteMessage(
        destination: IPv4Network(containing: IPv4Address(10, 0, 0, 7), prefixLength: 32), interfaceIndex: 2,
        routeProtocol: .dhcp, scope: .link)

    @Test("a message that does not fit leaves nothing in the buffer, whatever room there is")
    func overflow() throws {
        let whole = try #require(encoded(.newRoute, route))
        for byteCapacity in 0..<whole.count {
            #expect(encoded(.newRoute, route, byteCapacity: byteCapacity) == nil)
        }
        #expect(encoded(.newRoute, route, byteCapacity: whole.count) == whole)

        var buffer = MessageBuffer(byteCapacity: whole.count * 2 - 1)
        for sequence: UInt32 in 1...2 {
            let fits = buffer.append(.newRoute, flags: .request, sequence: sequence, route)
            #expect(fits == (sequence == 1))
        }
        #expect(Array(buffer.encoded) == whole)
        buffer.removeAll()
        #expect(Array(buffer.encoded).isEmpty)
        let fits = buffer.append(.newRoute, flags: .request, sequence: 1, route)
        #expect(fits)
        #expect(Array(buffer.encoded) == whole)
    }

    @Test("messages start on multiples of four bytes and are padded with zeros")
    func alignment() throws {
        let link = LinkMessage(name: "a")
        let message = try #require(encoded(.newLink, link))
        #expect(message.count % 4 == 0)
        #expect(Array(message.suffix(8)) == bytes("0600 0300 6100 0000"))
        var buffer = MessageBuffer(byteCapacity: 1024)
        for sequence: UInt32 in 1...3 {
            let fits = buffer.append(.newLink, flags: .request, sequence: sequence, link)
            #expect(fits)
        }
        #expect(replies(in: Array(buffer.encoded), as: LinkMessage.self) == [link, link, link])
    }

    @Test("a zero byte inside a text ends it")
    func zeroInText() throws {
        let message = try #require(encoded(.newLink, LinkMessage(name: "cni0\0eth0")))
        #expect(replies(in: message) == [LinkMessage(name: "cni0")])
    }

    @Test("a value that is too long for an attribute is refused")
    func longText() {
        let name = String(repeating: "x", count: 70_000)
        #expect(encoded(.newLink, LinkMessage(name: name), byteCapacity: 100_000) == nil)
    }

    @Test("a batch holds no more messages than it was made for")
    func batchCapacity() {
        var batch = RequestBatch(messageCapacity: 3)
        for index in 0..<5 {
            let fits = batch.append(.newRoute, route)
            #expect(fits == (index < 3))
        }
        let count = batch.count
        #expect(count == 3)
        batch.removeAll()
        let fits = batch.append(.newRoute, route)
        #expect(fits)
    }
}
