package import Addresses

/// What a client holds after a completed exchange.
package struct Lease: Sendable {
    package let address: IPv4Address
    package let server: IPv4Address
    package let ack: ScriptedClient.Reply

    /// The lease that an ACK grants.
    package init(_ ack: ScriptedClient.Reply) {
        address = ack.message.yiaddr
        server = ack.message.serverIdentifier ?? .unspecified
        self.ack = ack
    }
}

/// An exchange that did not end as expected.
package struct ExchangeError: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// The requests of RFC 2131, table 4 and section 4.3.2, one function per state. `edit` changes the message before it is
/// sent.
extension ScriptedClient {
    package typealias Edit = (inout DHCPMessage) -> Void

    /// INIT: broadcasts a DISCOVER.
    package func discover(_ edit: Edit = { _ in }) throws -> Reply? {
        var message = message(.discover)
        edit(&message)
        return try exchange(message)
    }

    /// SELECTING: the offered address in option 50, the chosen server in option 54, ciaddr zero.
    package func selecting(_ offer: Reply) -> DHCPMessage {
        var message = message(.request)
        message.xid = offer.message.xid
        message[50] = offer.message.yiaddr.bytes
        message[54] = offer.message[54]
        return message
    }

    package func select(_ offer: Reply, _ edit: Edit = { _ in }) throws -> Reply? {
        var message = selecting(offer)
        edit(&message)
        return try exchange(message)
    }

    /// DISCOVER to ACK.
    /// - Throws: `ExchangeError` when the server does not offer or does not acknowledge.
    package func lease(_ edit: Edit = { _ in }) throws -> Lease {
        guard let offer = try discover(edit), offer.message.kind == .offer else {
            throw ExchangeError("\(mac) got no OFFER")
        }
        guard let ack = try select(offer, edit), ack.message.kind == .ack else {
            throw ExchangeError("\(mac) got no ACK for \(offer.message.yiaddr)")
        }
        configure(ack.message.yiaddr)
        return Lease(ack)
    }

    /// INIT-REBOOT: the remembered address in option 50, no server, ciaddr zero.
    package func initReboot(_ address: IPv4Address, _ edit: Edit = { _ in }) throws -> Reply? {
        try exchange(rebooting(address, edit))
    }

    package func rebooting(_ address: IPv4Address, _ edit: Edit = { _ in }) -> DHCPMessage {
        var message = message(.request)
        message[50] = address.bytes
        edit(&message)
        return message
    }

    /// RENEWING: unicast from ciaddr to the server of the lease, neither option 50 nor 54.
    package func renew(_ lease: Lease, _ edit: Edit = { _ in }) throws -> Reply? {
        try exchange(extending(lease, edit), from: lease.address, to: lease.server)
    }

    /// REBINDING: as RENEWING, but broadcast to any server.
    package func rebind(_ lease: Lease, _ edit: Edit = { _ in }) throws -> Reply? {
        try exchange(extending(lease, edit), from: lease.address)
    }

    package func extending(_ lease: Lease, _ edit: Edit = { _ in }) -> DHCPMessage {
        var message = message(.request)
        message.ciaddr = lease.address
        edit(&message)
        return message
    }

    /// Releases the address: unicast, ciaddr and option 54 set. There is no reply.
    package func release(_ lease: Lease, from source: IPv4Address? = nil, _ edit: Edit = { _ in }) throws {
        var message = message(.release)
        message.ciaddr = lease.address
        message[54] = lease.server.bytes
        message[55] = nil
        edit(&message)
        try send(frame(message, from: source ?? lease.address, to: lease.server))
    }

    /// Reports that somebody else uses the address: broadcast, options 50 and 54, ciaddr zero. There is no reply.
    package func decline(_ address: IPv4Address, server: IPv4Address, _ edit: Edit = { _ in }) throws {
        try send(frame(declining(address, server: server, edit)))
    }

    package func declining(_ address: IPv4Address, server: IPv4Address, _ edit: Edit = { _ in }) -> DHCPMessage {
        var message = message(.decline)
        message[50] = address.bytes
        message[54] = server.bytes
        message[55] = nil
        edit(&message)
        return message
    }

    /// Asks for options only; the address was configured by other means.
    package func inform(_ address: IPv4Address, to server: IPv4Address? = nil, _ edit: Edit = { _ in }) throws -> Reply?
    {
        var message = message(.inform)
        message.ciaddr = address
        edit(&message)
        configure(address)
        return try exchange(message, from: address, to: server)
    }
}

extension ScriptedClient {
    /// Sends a frame that must not be answered, and returns the answers that come nevertheless.
    ///
    /// No timeout decides: another client completes an exchange after the frame, and servers answer in order.
    /// - Parameter other: the client that completes an exchange; nil for a neighbour of this one.
    package func answers(
        to message: DHCPMessage, in frame: Frame? = nil, completing other: ScriptedClient? = nil
    ) throws -> [Reply] {
        try send(frame ?? self.frame(message))
        if let other { _ = try other.lease() } else { try completeAnotherExchange() }
        var replies: [Reply] = []
        while let reply = try reply(to: message.xid, within: .zero) { replies.append(reply) }
        return replies
    }

    /// Returns when the server has handled everything that was sent before.
    package func completeAnotherExchange() throws {
        _ = try neighbour(MACAddress(rawValue: mac.rawValue ^ 0xFF00_0000)).lease()
    }
}
