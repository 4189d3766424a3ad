import Addresses

/// The DHCP messages that pass an interface of a VM, in both directions, from the creation of this object on.
package final class Conversation {
    private let socket: PacketSocket
    /// All messages received so far, oldest first.
    package private(set) var messages: [ScriptedClient.Reply] = []

    package init(on machine: Machine, interface: String = "eth0") throws {
        socket = try PacketSocket(in: machine.sandbox, on: interface)
    }

    /// Waits for the next message of that type that fulfils `condition`.
    /// - Throws: `ExchangeError` with everything that was received instead, when none comes in time.
    @discardableResult
    package func next(
        _ kind: DHCPMessage.Kind, within patience: Duration = .seconds(15),
        where condition: (ScriptedClient.Reply) -> Bool = { _ in true }
    ) throws -> ScriptedClient.Reply {
        let deadline = ContinuousClock.now + patience
        while let bytes = try socket.receive(before: deadline) {
            guard let frame = Frame(bytes), let message = DHCPMessage(frame.payload) else { continue }
            let heard = ScriptedClient.Reply(frame: frame, message: message)
            messages.append(heard)
            if message.kind == kind, condition(heard) { return heard }
        }
        throw ExchangeError("no \(kind) came within \(patience), only:\n" + transcript)
    }

    /// The received messages, one per line, for failure reports.
    package var transcript: String {
        messages.map { heard in
            let (frame, message) = (heard.frame, heard.message)
            let kind = message.kind.map { "\($0)" } ?? "type \(message[53] ?? [])"
            return
                "\(kind) \(frame.sourceAddress) > \(frame.destinationAddress) \(message.mac) ciaddr "
                + "\(message.ciaddr) "
                + "yiaddr \(message.yiaddr) requested \(message.address(50)?.description ?? "-") "
                + "server \(message.serverIdentifier?.description ?? "-")"
        }.joined(separator: "\n")
    }
}
