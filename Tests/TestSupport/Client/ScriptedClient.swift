package import Addresses

/// A DHCP client that a test drives through the states of RFC 2131 section 4.4, over raw frames.
///
/// Each request gets a new transaction ID (xid). Replies are matched by xid, so many clients can share one interface.
package final class ScriptedClient {
    package let mac: MACAddress
    /// The MAC address that unicast requests go to: the Ethernet source of the last reply.
    package private(set) var serverMAC = MACAddress.broadcast
    /// Whether requests ask for broadcast replies (RFC 2131 section 4.1).
    package var wantsBroadcast = false
    /// The relay in front of this client. It sets giaddr and forwards messages in frames of its own.
    package var relay: Relay?
    /// How long to wait for a reply.
    package var patience = Duration.seconds(3)

    private let sandbox: Sandbox
    private let interface: String
    private let socket: PacketSocket
    /// The address for which ARP requests are answered: servers that send through the kernel ask for it before they
    /// unicast.
    private var address = IPv4Address.unspecified
    private var nextXID: UInt32

    /// Makes a client on the interface of `machine`, with any MAC address.
    package convenience init(_ mac: MACAddress, on machine: Machine) throws {
        try self.init(mac, in: machine.sandbox, on: machine.interface)
    }

    /// Makes a client on an interface of a sandbox.
    init(_ mac: MACAddress, in sandbox: Sandbox, on interface: String) throws {
        self.mac = mac
        self.sandbox = sandbox
        self.interface = interface
        socket = try PacketSocket(in: sandbox, on: interface)
        nextXID = UInt32(truncatingIfNeeded: mac.rawValue &* 0x9E37_79B1)
    }

    /// A reply together with the frame that carried it.
    package struct Reply: Sendable {
        package let frame: Frame
        package let message: DHCPMessage
    }

    /// A message of this client with a new transaction ID.
    package func message(_ kind: DHCPMessage.Kind) -> DHCPMessage {
        nextXID &+= 1
        var message = DHCPMessage(kind, from: mac, xid: nextXID)
        message.wantsBroadcast = wantsBroadcast
        if let relay { (message.hops, message.giaddr) = (1, relay.address) }
        message[55] = [1, 3, 6, 15, 26, 28, 42, 51, 54, 58, 59, 121]
        return message
    }

    /// The frame that carries a message: a broadcast from 0.0.0.0, a unicast if `server` is given, or a frame of the
    /// relay.
    package func frame(
        _ message: DHCPMessage, from source: IPv4Address = .unspecified, to server: IPv4Address? = nil
    ) -> Frame {
        var frame = Frame(from: mac, message.bytes())
        frame.sourceAddress = source
        if let server { (frame.destination, frame.destinationAddress) = (serverMAC, server) }
        if let relay {
            (frame.source, frame.sourceAddress, frame.sourcePort) = (relay.mac, relay.address, 67)
            configure(relay.address)
        }
        return frame
    }

    package func send(_ frame: Frame) throws { try socket.send(frame.bytes) }

    /// Sends a message and waits for its reply, nil when none comes in time.
    package func exchange(
        _ message: DHCPMessage, from source: IPv4Address = .unspecified, to server: IPv4Address? = nil
    ) throws -> Reply? {
        try send(frame(message, from: source, to: server))
        return try reply(to: message.xid, within: patience)
    }

    /// The next reply of a transaction; nil when none comes in time. With zero patience, only a reply that has already
    /// arrived.
    package func reply(to xid: UInt32, within patience: Duration) throws -> Reply? {
        let deadline = ContinuousClock.now + patience
        while let bytes = try socket.receive(before: deadline) {
            if let answer = arpAnswer(to: bytes) { try socket.send(answer) }
            guard let frame = Frame(bytes), let message = DHCPMessage(frame.payload), message.op == 2,
                message.xid == xid
            else { continue }
            serverMAC = frame.source
            return Reply(frame: frame, message: message)
        }
        return nil
    }

    /// Another client on the same interface.
    package func neighbour(_ mac: MACAddress) throws -> ScriptedClient {
        try ScriptedClient(mac, in: sandbox, on: interface)
    }

    /// Makes this client answer ARP requests for `address` from now on.
    package func configure(_ address: IPv4Address) { self.address = address }

    /// The answer to an ARP request for this client's address (RFC 826), nil for every other frame.
    private func arpAnswer(to bytes: [UInt8]) -> [UInt8]? {
        let request: [UInt8] = [0x08, 0x06, 0, 1, 0x08, 0x00, 6, 4, 0, 1]
        guard address != .unspecified, bytes.count >= 42, Array(bytes[12..<22]) == request,
            Array(bytes[38..<42]) == address.bytes
        else { return nil }
        let asker = Array(bytes[22..<32])
        let mac = (relay?.mac ?? mac).bytes
        return asker[..<6] + mac + request.dropLast() + [2] + mac + address.bytes + asker
    }
}

/// A relay agent as its server sees it (RFC 1542 section 4).
package struct Relay: Sendable {
    package let address: IPv4Address
    package let mac: MACAddress

    package init(address: IPv4Address, mac: MACAddress) {
        self.address = address
        self.mac = mac
    }
}
