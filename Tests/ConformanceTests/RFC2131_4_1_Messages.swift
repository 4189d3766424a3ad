import Addresses
import TestSupport
import Testing

/// RFC 2131 section 4.1: constructing and sending DHCP messages, and the fields of table 3.
@Suite(.needsSandbox, .endsWhenHung)
struct RFC2131_4_1_Messages {
    @Test(
        "the fixed fields are those of the request or zero",
        .requirement(
            "RFC 2131 4.3.1, table 3", "'hops' 0; 'xid' 'xid' from client DHCPDISCOVER message; 'secs' 0; 'ciaddr' 0",
            differs: [.dnsmasq: "copies hops", .kea: "copies hops", .isc: "copies hops"]))
    func fixedFields() throws {
        let client = try Bench.client()
        client.wantsBroadcast = true
        let offer = try #require(
            try client.discover {
                $0.hops = 3
                $0.secs = 7
            }
        ).message
        #expect(offer.op == 2 && offer.htype == 1 && offer.hlen == 6 && offer.cookie == 0x6382_5363)
        #expect(offer.hops == 0 && offer.secs == 0 && offer.ciaddr == .unspecified && offer.giaddr == .unspecified)
        #expect(offer.flags == 0x8000)
        #expect(offer.mac == client.mac)
        #expect(offer.chaddr[6...].allSatisfy { $0 == 0 })
    }

    @Test(
        "END is the last option and only padding follows",
        .requirement("RFC 2131 4.1", "The last option must always be the 'end' option."))
    func endIsLast() throws {
        let offer = try #require(try Bench.client().discover())
        #expect(offer.message.tail.first == 255)
        #expect(offer.message.tail.dropFirst().allSatisfy { $0 == 0 })
    }

    @Test(
        "messages have the 300 bytes that BOOTP relays expect",
        .requirement(
            "RFC 1542 2.1",
            "The IP Total Length and UDP Length must be large enough to contain the minimal BOOTP header of 300 "
                + "octets",
            differs: [.kea: "sends shorter ones"]))
    func messagesArePadded() throws {
        let client = try Bench.client()
        let offer = try #require(try client.discover { $0[55] = [1] })
        #expect(offer.frame.payload.count >= 300)
        let nak = try #require(try client.initReboot(Network.foreign))
        #expect(nak.frame.payload.count >= 300)
    }

    @Test(
        "replies go from port 67 to port 68",
        .requirement(
            "RFC 2131 4.1", "DHCP messages from a server to a client are sent to the 'DHCP client' port (68)."))
    func ports() throws {
        let offer = try #require(try Bench.client().discover())
        #expect(offer.frame.sourcePort == 67 && offer.frame.destinationPort == 68)
    }

    @Test(
        "a client without the broadcast flag is answered by unicast",
        .requirement(
            "RFC 2131 4.1",
            "If the broadcast bit is not set and 'giaddr' is zero and 'ciaddr' is zero, then the server unicasts "
                + "DHCPOFFER and "
                + "DHCPACK messages to the client's hardware address and 'yiaddr' address."))
    func unicastToHardwareAddress() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        #expect(lease.ack.frame.destination == client.mac)
        #expect(lease.ack.frame.destinationAddress == lease.address)
    }

    @Test(
        "a client with the broadcast flag is answered to 255.255.255.255",
        .requirement(
            "RFC 2131 4.1",
            "If 'giaddr' is zero and 'ciaddr' is zero, and the broadcast bit is set, then the server broadcasts "
                + "DHCPOFFER and "
                + "DHCPACK messages to 0xffffffff."))
    func broadcastFlag() throws {
        let client = try Bench.client()
        client.wantsBroadcast = true
        let offer = try #require(try client.discover())
        let ack = try #require(try client.select(offer))
        #expect(offer.frame.destinationAddress == .broadcast)
        #expect(ack.frame.destinationAddress == .broadcast)
    }

    @Test(
        "a client with an address is answered there",
        .requirement(
            "RFC 2131 4.1",
            "If the 'giaddr' field is zero and the 'ciaddr' field is nonzero, then the server unicasts DHCPOFFER "
                + "and DHCPACK "
                + "messages to the address in 'ciaddr'."))
    func unicastToClientAddress() throws {
        let client = try Bench.client()
        let lease = try client.lease()
        let ack = try #require(try client.rebind(lease))
        #expect(ack.frame.destinationAddress == lease.address)
        #expect(ack.frame.destination == client.mac)
    }

    @Test(
        "a refusal is broadcast",
        .requirement(
            "RFC 2131 4.1",
            "In all cases, when 'giaddr' is zero, the server broadcasts any DHCPNAK messages to 0xffffffff."))
    func refusalIsBroadcast() throws {
        let nak = try #require(try Bench.client().initReboot(Network.foreign))
        #expect(nak.message.kind == .nak)
        #expect(nak.frame.destinationAddress == .broadcast)
    }

    @Test(
        "options in 'file' and 'sname' are read after those of the options field",
        .requirement(
            "RFC 2131 4.1",
            "The options in the 'options' field MUST be interpreted first ... The 'file' field MUST be "
                + "interpreted next ... "
                + "followed by the 'sname' field.",
            differs: [.kea: "ignores the message"]))
    func overloadedOptions() throws {
        let client = try Bench.client()
        let discover = client.message(.discover)
        let reply = try #require(
            try client.exchange(
                discover.overloading(options: [], file: [.init(53, [1])], sname: [.init(55, [6, 3])])))
        #expect(reply.message.kind == .offer)
        #expect(reply.message.codes.filter { [3, 6].contains($0) } == [6, 3])
    }
}

extension DHCPMessage {
    /// The message with these options instead of its own, in the three fields that can hold options.
    fileprivate func overloading(options: [Option], file: [Option], sname: [Option]) -> DHCPMessage {
        func field(_ options: [Option], byteCount: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            for option in options { bytes += [option.code, UInt8(option.data.count)] + option.data }
            return bytes + [255] + [UInt8](repeating: 0, count: byteCount - 1 - bytes.count)
        }
        var message = self
        message.options = options + [Option(52, [3])]
        message.file = field(file, byteCount: 128)
        message.sname = field(sname, byteCount: 64)
        return message
    }
}
