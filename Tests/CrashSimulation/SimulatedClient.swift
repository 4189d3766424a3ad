import Addresses
import FastDHCP

/// A VM's DHCP client.
struct SimulatedClient {
    enum State {
        case idle
        case offered(IPv4Address)
        /// `until` is the end of the lease in true time, as the client counts it.
        case bound(IPv4Address, until: UInt64)
    }

    let mac: MACAddress
    var state = State.idle
    /// The address that it had last.
    var lastAddress: IPv4Address?

    init(number: Int) { mac = MACAddress(2, 0, 0, 0, 1, UInt8(number)) }

    /// A message of this client, to be filled in.
    func message(_ type: MessageType) -> Request { Request(type, chaddr: mac, xid: 0) }

    func discover(requesting address: IPv4Address?, rapidCommit: Bool) -> Request {
        var request = message(.discover)
        request.requestedIPAddress = address
        request.hasRapidCommit = rapidCommit
        return request
    }

    /// DHCPREQUEST in SELECTING state.
    func select(_ address: IPv4Address, server: IPv4Address = Conditions.server) -> Request {
        var request = message(.request)
        request.requestedIPAddress = address
        request.serverIdentifier = server
        return request
    }

    /// DHCPREQUEST in INIT-REBOOT state.
    func reboot(_ address: IPv4Address) -> Request {
        var request = message(.request)
        request.requestedIPAddress = address
        return request
    }

    /// DHCPREQUEST in RENEWING state.
    func renew(_ address: IPv4Address) -> Request { unicast(.request, from: address) }

    /// DHCPREQUEST in REBINDING state.
    func rebind(_ address: IPv4Address) -> Request {
        var request = message(.request)
        request.ciaddr = address
        request.sourceAddress = address
        return request
    }

    func release(_ address: IPv4Address) -> Request {
        var request = unicast(.release, from: address)
        request.serverIdentifier = Conditions.server
        return request
    }

    func decline(_ address: IPv4Address) -> Request {
        var request = message(.decline)
        request.requestedIPAddress = address
        request.serverIdentifier = Conditions.server
        return request
    }

    private func unicast(_ type: MessageType, from address: IPv4Address) -> Request {
        var request = message(type)
        request.ciaddr = address
        request.sourceAddress = address
        request.destinationAddress = Conditions.server
        request.ethernetDestination = Conditions.bridge
        return request
    }
}
