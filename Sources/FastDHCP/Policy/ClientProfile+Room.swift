import Addresses

extension ClientProfile {
    /// The options that have no room in a reply of 576 bytes when the client asks for all options. 576 bytes is the
    /// least that a client may accept (RFC 2131 section 2). The reply's `file` and `sname` fields are used as well. The
    /// codes are in ascending order.
    public var optionsWithoutRoom: [OptionCode] {
        let boot = boots.isEmpty ? nil : boots[BootClient.other.rawValue]
        var wanted = options.available
        if let boot { wanted = wanted.union(boot.options.available) }
        if options.repeatsRoutes { _ = wanted.remove(.microsoftClasslessStaticRoute) }
        let codes = (UInt8.min...UInt8.max).map(OptionCode.init(rawValue:)).filter(wanted.contains)
        var missing = wanted
        Self.visit(replyAsking: codes, wanted, options, boot) { _ = missing.remove($0) }
        return codes.filter(missing.contains)
    }

    /// Writes such a reply, and calls `visit` with the code of each option in it.
    private static func visit(
        replyAsking codes: [OptionCode], _ available: OptionCodeSet, _ options: ConfiguredOptions, _ boot: BootAnswer?,
        _ visit: (OptionCode) -> Void
    ) {
        // A client identifier as dhclient, NetworkManager and systemd-networkd send it: type, IAID, and a DUID of 14
        // bytes.
        let asked = [55, UInt8(codes.count)] + codes.map(\.rawValue) + [61, 19] + [UInt8](repeating: 1, count: 19)
        let client = MACAddress(2, 0, 0, 0, 0, 1)
        var bytes = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
        var frame = bytes.mutableSpan
        let requestByteCount = RequestWriter.write(
            Request(.discover, chaddr: client, xid: 0), options: asked.span, into: &frame)
        var reply = Reply()
        let request = bytes.span.extracting(0..<requestByteCount)
        switch MessageView.parse(request, as: .request, udpChecksum: .valid, interface: .zero) {
        case .dropped(let reason): preconditionFailure("our own request is dropped as \(reason)")
        case .message(let message): reply.prepare(answering: message, ReplyChoice(), available: available)
        }
        (reply.leaseSeconds, reply.renewalSeconds, reply.rebindingSeconds) = (1, 1, 1)
        var repeated = RepeatedOptions()
        var written = [UInt8](repeating: 0, count: ReplyWriter.frameByteCapacity)
        var target = written.mutableSpan
        let server = ServerIdentity(address: .broadcast, macAddress: .zero)
        let byteCount = ReplyWriter.write(
            &reply, server: server, options: options, boot: boot, &repeated, into: &target)
        OptionWalk(over: written.span.extracting(0..<byteCount)).forEach { visit($0.code) }
    }
}
