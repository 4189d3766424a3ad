package import Addresses

/// Many clients that request leases at once through one socket, because each of many sockets would receive every frame.
package struct ScriptedCrowd {
    private let socket: PacketSocket

    package init(on machine: Machine) throws { socket = try PacketSocket(in: machine.sandbox, on: machine.interface) }

    /// Sends all DISCOVERs in one go, answers each OFFER with a REQUEST, and returns the acknowledged address of each
    /// MAC address.
    /// - Throws: `ExchangeError` when some clients have no ACK after `patience`.
    package func lease(
        _ macs: [MACAddress], within patience: Duration = .seconds(10)
    ) throws -> [MACAddress: IPv4Address] {
        for (index, mac) in macs.enumerated() {
            try socket.send(Frame(from: mac, DHCPMessage(.discover, from: mac, xid: UInt32(index)).bytes()).bytes)
        }
        var addresses: [MACAddress: IPv4Address] = [:]
        let deadline = ContinuousClock.now + patience
        while addresses.count < macs.count, let bytes = try socket.receive(before: deadline) {
            guard let frame = Frame(bytes), let reply = DHCPMessage(frame.payload), reply.op == 2 else { continue }
            if reply.kind == .ack { addresses[reply.mac] = reply.yiaddr }
            guard reply.kind == .offer else { continue }
            var request = DHCPMessage(.request, from: reply.mac, xid: reply.xid)
            request[50] = reply.yiaddr.bytes
            request[54] = reply[54]
            try socket.send(Frame(from: reply.mac, request.bytes()).bytes)
        }
        guard addresses.count == macs.count else {
            throw ExchangeError("\(addresses.count) of \(macs.count) clients got a lease")
        }
        return addresses
    }
}
