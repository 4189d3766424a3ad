internal import CNetlink

extension LinkMessage: MessageBody {
    public func write(to buffer: inout MessageBuffer) {
        buffer.putInterfaceHeader(
            hardwareType: hardwareType, index: index, flags: flags.rawValue,
            changedFlags: changedFlags.rawValue)
        if let name { buffer.put(attribute: Attribute.name, name) }
        if let macAddress { buffer.put(attribute: Attribute.address, macAddress) }
        if let mtu { buffer.put(attribute: Attribute.mtu, mtu) }
        if let masterIndex { buffer.put(attribute: Attribute.master, masterIndex) }
        if let peerIndex { buffer.put(attribute: Attribute.link, peerIndex) }
        if let peerNamespaceID {
            buffer.put(attribute: Attribute.linkNamespaceID, UInt32(bitPattern: peerNamespaceID))
        }
        if let namespaceDescriptor {
            buffer.put(attribute: Attribute.namespaceDescriptor, UInt32(bitPattern: namespaceDescriptor))
        }
        if let group { buffer.put(attribute: Attribute.group, group) }
        guard kind != nil || bridgePort != nil else { return }
        buffer.put(nested: Attribute.linkInfo) { buffer in
            if let kind { buffer.put(attribute: Info.kind, kind.rawValue) }
            if kind == .veth, let vethPeer {
                buffer.put(nested: Info.data) { buffer in
                    buffer.put(attribute: Info.vethPeer) { vethPeer.write(to: &$0) }
                }
            }
            if let bridgePort {
                buffer.put(attribute: Info.slaveKind, LinkKind.bridge.rawValue)
                buffer.put(nested: Info.slaveData) { bridgePort.write(to: &$0) }
            }
        }
    }
}

extension LinkMessage: ReplyBody {
    private static let fixedByteCount = 16

    public init?(_ message: borrowing NetlinkMessageView) {
        let bytes = message.payload
        guard message.header.type.isLink, bytes.count >= Self.fixedByteCount,
            bytes[0] == UInt8(truncatingIfNeeded: AF_UNSPEC)
        else { return nil }
        self.init(
            index: bytes.number32(at: 4), hardwareType: bytes.number16(at: 2),
            flags: LinkFlags(rawValue: bytes.number32(at: 8)),
            changedFlags: LinkFlags(rawValue: bytes.number32(at: 12)))

        var attributes = message.attributes(after: Self.fixedByteCount)
        while let attribute = attributes.next() {
            switch attribute.type {
            case Attribute.name: name = attribute.text
            case Attribute.address: macAddress = attribute.macAddress
            case Attribute.mtu: mtu = attribute.number32
            case Attribute.master: masterIndex = attribute.number32
            case Attribute.link: peerIndex = attribute.number32
            case Attribute.linkNamespaceID: peerNamespaceID = attribute.number32.map(Int32.init(bitPattern:))
            case Attribute.namespaceDescriptor:
                namespaceDescriptor = attribute.number32.map(Int32.init(bitPattern:))
            case Attribute.group: group = attribute.number32
            case Attribute.linkInfo: readInfo(attribute.attributes)
            default: continue
            }
        }
        guard !attributes.isMalformed else { return nil }
    }

    /// Parses IFLA_LINKINFO. The kind comes before the data of a link or a port and decides how the data is parsed.
    private mutating func readInfo(_ info: consuming AttributeReader) {
        var slaveKind: LinkKind?
        while let attribute = info.next() {
            switch attribute.type {
            case Info.kind: kind = attribute.text.map(LinkKind.init(rawValue:))
            case Info.slaveKind: slaveKind = attribute.text.map(LinkKind.init(rawValue:))
            case Info.data where kind == .veth:
                var data = attribute.attributes
                while let peer = data.next() {
                    if peer.type == Info.vethPeer { vethPeer = VethPeer(peer.value) }
                }
            case Info.slaveData where slaveKind == .bridge: bridgePort = BridgePort(attribute.attributes)
            default: continue
            }
        }
        // If there are several kinds, the last one counts. Only a veth has a peer.
        if kind != .veth { vethPeer = nil }
    }

    fileprivate enum Attribute {
        static let address = UInt16(IFLA_ADDRESS)
        static let name = UInt16(IFLA_IFNAME)
        static let mtu = UInt16(IFLA_MTU)
        static let link = UInt16(IFLA_LINK)
        static let master = UInt16(IFLA_MASTER)
        static let group = UInt16(IFLA_GROUP)
        static let linkInfo = UInt16(IFLA_LINKINFO)
        static let namespaceDescriptor = UInt16(IFLA_NET_NS_FD)
        static let linkNamespaceID = UInt16(IFLA_LINK_NETNSID)
    }

    private enum Info {
        static let kind = UInt16(IFLA_INFO_KIND)
        static let data = UInt16(IFLA_INFO_DATA)
        static let slaveKind = UInt16(IFLA_INFO_SLAVE_KIND)
        static let slaveData = UInt16(IFLA_INFO_SLAVE_DATA)
        static let vethPeer = UInt16(VETH_INFO_PEER)
    }
}

extension VethPeer {
    /// Writes the peer as a link message nested in the message.
    fileprivate func write(to buffer: inout MessageBuffer) {
        buffer.putInterfaceHeader()
        if let name { buffer.put(attribute: LinkMessage.Attribute.name, name) }
        if let macAddress { buffer.put(attribute: LinkMessage.Attribute.address, macAddress) }
        if let namespaceDescriptor {
            let descriptor = UInt32(bitPattern: namespaceDescriptor)
            buffer.put(attribute: LinkMessage.Attribute.namespaceDescriptor, descriptor)
        }
        if let group { buffer.put(attribute: LinkMessage.Attribute.group, group) }
    }

    fileprivate init?(_ bytes: Span<UInt8>) {
        guard bytes.count >= MessageBuffer.interfaceHeaderByteCount else { return nil }
        self.init()
        var attributes = AttributeReader(
            bytes.extracting(droppingFirst: MessageBuffer.interfaceHeaderByteCount))
        while let attribute = attributes.next() {
            switch attribute.type {
            case LinkMessage.Attribute.name: name = attribute.text
            case LinkMessage.Attribute.address: macAddress = attribute.macAddress
            case LinkMessage.Attribute.namespaceDescriptor:
                namespaceDescriptor = attribute.number32.map(Int32.init(bitPattern:))
            case LinkMessage.Attribute.group: group = attribute.number32
            default: continue
            }
        }
    }
}

extension BridgePort {
    fileprivate func write(to buffer: inout MessageBuffer) {
        func put(_ type: Int, _ value: Bool?) {
            if let value { buffer.put(attribute: UInt16(type), UInt8(value ? 1 : 0)) }
        }
        put(IFLA_BRPORT_MODE, isHairpin)
        put(IFLA_BRPORT_LEARNING, isLearning)
        put(IFLA_BRPORT_UNICAST_FLOOD, floodsUnknown)
        put(IFLA_BRPORT_BCAST_FLOOD, floodsBroadcast)
        put(IFLA_BRPORT_ISOLATED, isIsolated)
    }

    fileprivate init(_ attributes: consuming AttributeReader) {
        self.init()
        while let attribute = attributes.next() {
            let value = attribute.number8.map { $0 != 0 }
            switch Int(attribute.type) {
            case IFLA_BRPORT_MODE: isHairpin = value
            case IFLA_BRPORT_LEARNING: isLearning = value
            case IFLA_BRPORT_UNICAST_FLOOD: floodsUnknown = value
            case IFLA_BRPORT_BCAST_FLOOD: floodsBroadcast = value
            case IFLA_BRPORT_ISOLATED: isIsolated = value
            default: continue
            }
        }
    }
}

extension MessageBuffer {
    fileprivate static var interfaceHeaderByteCount: Int { 16 }

    /// Appends the fixed part of a link message (`ifinfomsg`).
    fileprivate mutating func putInterfaceHeader(
        hardwareType: UInt16 = 0, index: UInt32 = 0, flags: UInt32 = 0, changedFlags: UInt32 = 0
    ) {
        put(UInt8(truncatingIfNeeded: AF_UNSPEC))
        put(UInt8(0))
        put(hardwareType)
        put(index)
        put(flags)
        put(changedFlags)
    }
}
