import Addresses
import Testing

@testable import FastDHCP

/// A VM's DHCP client, which sends each message of RFC 2131 when it is told to and remembers nothing.
struct TestClient {
    let rig: EngineRig
    let mac: MACAddress
    var xid: UInt32

    init(_ number: Int, on rig: EngineRig) {
        self.rig = rig
        mac = FastDHCPTests.mac(number)
        xid = UInt32(number)
    }

    /// A message of this client, to be filled in.
    func message(_ type: MessageType) -> Request { Request(type, chaddr: mac, xid: xid) }

    /// DHCPDISCOVER.
    @discardableResult
    func discover(requesting address: IPv4Address? = nil, rapidCommit: Bool = false) -> EngineRig.Outcome {
        var request = message(.discover)
        request.requestedIPAddress = address
        request.hasRapidCommit = rapidCommit
        return rig.send(request)
    }

    /// DHCPREQUEST in SELECTING state.
    @discardableResult
    func select(_ address: IPv4Address?, server: IPv4Address = EngineRig.server) -> EngineRig.Outcome {
        var request = message(.request)
        request.requestedIPAddress = address
        request.serverIdentifier = server
        return rig.send(request)
    }

    /// DHCPREQUEST in INIT-REBOOT state.
    @discardableResult
    func reboot(_ address: IPv4Address) -> EngineRig.Outcome {
        var request = message(.request)
        request.requestedIPAddress = address
        return rig.send(request)
    }

    /// DHCPREQUEST in RENEWING state: unicast.
    @discardableResult
    func renew(_ address: IPv4Address) -> EngineRig.Outcome { rig.send(unicast(.request, from: address)) }

    /// DHCPREQUEST in REBINDING state: broadcast.
    @discardableResult
    func rebind(_ address: IPv4Address) -> EngineRig.Outcome {
        var request = message(.request)
        request.ciaddr = address
        request.sourceAddress = address
        return rig.send(request)
    }

    @discardableResult
    func release(_ address: IPv4Address) -> EngineRig.Outcome {
        var request = unicast(.release, from: address)
        request.serverIdentifier = EngineRig.server
        return rig.send(request)
    }

    @discardableResult
    func decline(_ address: IPv4Address) -> EngineRig.Outcome {
        var request = message(.decline)
        request.requestedIPAddress = address
        request.serverIdentifier = EngineRig.server
        return rig.send(request)
    }

    @discardableResult
    func inform(_ address: IPv4Address) -> EngineRig.Outcome { rig.send(unicast(.inform, from: address)) }

    /// A unicast message to the server, from an address that the client uses.
    func unicast(_ type: MessageType, from address: IPv4Address) -> Request {
        var request = message(type)
        request.ciaddr = address
        request.sourceAddress = address
        request.destinationAddress = EngineRig.server
        request.ethernetDestination = EngineRig.bridge
        return request
    }
}

// Steps that tests begin with.
extension TestClient {
    /// Sends a DISCOVER.
    /// - Returns: the offered address.
    func offer(requesting address: IPv4Address? = nil, _ location: SourceLocation = #_sourceLocation) -> IPv4Address {
        guard case .answered(let answer) = discover(requesting: address), answer.messageType == .offer else {
            Issue.record("no offer", sourceLocation: location)
            return .unspecified
        }
        return answer.yiaddr
    }

    /// Runs a whole exchange, including the commit.
    /// - Returns: the leased address.
    @discardableResult
    func lease(requesting address: IPv4Address? = nil, _ location: SourceLocation = #_sourceLocation) -> IPv4Address {
        let offered = offer(requesting: address, location)
        #expect(select(offered) == .committing, sourceLocation: location)
        #expect(rig.commit().map(\.yiaddr) == [offered], sourceLocation: location)
        return offered
    }
}

extension EngineRig.Outcome {
    /// The answer, if there is one at once.
    var answer: Answer? {
        guard case .answered(let answer) = self else { return nil }
        return answer
    }

    var messageType: MessageType? { answer?.messageType }
}
