import Addresses

extension Engine {
    /// Fills in what every reply has: the fields that are copied back, the options that are echoed, and where it goes.
    @inline(__always)
    func prepare(_ reply: inout Reply, _ messageType: MessageType, answering request: borrowing MessageView) {
        reply.prepare(answering: request, configuration.policy)
        reply.messageType = messageType
        setDestination(&reply, answering: request)
    }

    @inline(__always)
    func prepareAck(_ reply: inout Reply, _ slotIndex: Int, answering request: borrowing MessageView) {
        prepare(&reply, .ack, answering: request)
        reply.ciaddr = request.ciaddr
        reply.yiaddr = table.address(of: slotIndex)
        reply.hasRapidCommit = request.messageType == .discover
        setLease(&reply)
    }

    /// A NAK: the address that the client wants cannot be its own.
    func refuse(_ request: borrowing MessageView, reply: inout Reply) -> Decision {
        prepare(&reply, .nak, answering: request)
        return .reply
    }

    /// The lease time with T1 and T2 (RFC 2131 section 4.4.5), and where to go on booting.
    @inline(__always)
    func setLease(_ reply: inout Reply) {
        let policy = configuration.policy
        reply.siaddr = policy.nextServer(reply.choice) ?? configuration.serverAddress
        reply.leaseSeconds = policy.times.leaseSeconds
        reply.renewalSeconds = policy.times.renewalSeconds(for: reply.chaddr)
        reply.rebindingSeconds = policy.times.rebindingSeconds
    }

    /// Where a reply goes, in the order of RFC 2131 section 4.1.
    @inline(__always)
    private func setDestination(_ reply: inout Reply, answering request: borrowing MessageView) {
        reply.destinationPort = request.sourcePort
        reply.ethernetDestination = request.chaddr
        if request.giaddr != .unspecified {
            reply.ethernetDestination = request.ethernetSource
            reply.destinationAddress = request.giaddr
            reply.destinationPort = 67
            // The client may have no address that fits: the relay must broadcast (section 4.3.2).
            if reply.messageType == .nak { reply.flags |= 0x8000 }
        } else if reply.messageType == .nak {
            setBroadcast(&reply)
        } else if request.ciaddr != .unspecified {
            reply.ethernetDestination = request.ethernetSource
            reply.destinationAddress = request.ciaddr
        } else if request.isBroadcastFlagSet {
            setBroadcast(&reply)
        } else {
            // yiaddr, which `ReplyWriter` takes when no address is set here.
            reply.destinationAddress = .unspecified
        }
    }

    @inline(__always)
    private func setBroadcast(_ reply: inout Reply) {
        reply.destinationAddress = .broadcast
        if configuration.floodsBroadcasts { reply.ethernetDestination = .broadcast }
    }
}
