import Addresses

extension Engine {
    /// Fills in the parts that every reply has.
    @inline(always)
    func prepare(_ reply: inout Reply, _ messageType: MessageType, answering request: borrowing MessageView) {
        let choice = configuration.policy.choice(for: request)
        reply.prepare(
            messageType, answering: request, choice, available: configuration.policy.available(choice),
            isRouted: isRouted(request), floodsBroadcasts: configuration.floodsBroadcasts)
    }

    @inline(__always)
    func prepareAck(_ reply: inout Reply, _ slotIndex: Int, answering request: borrowing MessageView) {
        prepare(&reply, .ack, answering: request)
        reply.ciaddr = request.ciaddr
        reply.yiaddr = table.address(of: slotIndex)
        reply.hasRapidCommit = request.messageType == .discover
        setLease(&reply)
    }

    /// Answers with a NAK: the client cannot have the address that it wants.
    func refuse(_ request: borrowing MessageView, reply: inout Reply) -> Decision {
        prepare(&reply, .nak, answering: request)
        return .reply
    }

    /// Sets the lease time with T1 and T2 (RFC 2131 section 4.4.5), and the next server for booting.
    @inline(always)
    func setLease(_ reply: inout Reply) {
        let policy = configuration.policy
        reply.siaddr = policy.nextServer(reply.choice) ?? configuration.serverAddress
        reply.leaseSeconds = policy.times.leaseSeconds
        reply.renewalSeconds = policy.times.renewalSeconds(for: reply.chaddr)
        reply.rebindingSeconds = policy.times.rebindingSeconds
    }

}

extension Reply {
    /// Fills in the parts that every reply has: the fields copied from the request, the options to echo, and the
    /// destination.
    fileprivate mutating func prepare(
        _ messageType: MessageType, answering request: borrowing MessageView, _ choice: ReplyChoice,
        available: OptionCodeSet, isRouted: Bool, floodsBroadcasts: Bool
    ) {
        prepare(answering: request, choice, available: available)
        self.messageType = messageType
        setDestination(answering: request, isRouted: isRouted)
        if floodsBroadcasts && destinationAddress == .broadcast { ethernetDestination = .broadcast }
    }

    /// Sets the destination, by the rules of RFC 2131 section 4.1 in their order.
    @inline(always)
    private mutating func setDestination(answering request: borrowing MessageView, isRouted: Bool) {
        destinationPort = request.sourcePort
        ethernetDestination = request.chaddr
        if request.giaddr != .unspecified {
            ethernetDestination = request.ethernetSource
            destinationAddress = request.giaddr
            destinationPort = 67
            // The client may not have a usable address: the relay must broadcast the NAK (section 4.3.2).
            if messageType == .nak { flags |= 0x8000 }
        } else if messageType == .nak {
            destinationAddress = .broadcast
        } else if request.ciaddr != .unspecified {
            if isRouted { ethernetDestination = request.ethernetSource }
            destinationAddress = request.ciaddr
        } else if request.isBroadcastFlagSet {
            destinationAddress = .broadcast
        } else {
            // `ReplyWriter` uses yiaddr when no address is set here.
            destinationAddress = .unspecified
        }
    }
}
