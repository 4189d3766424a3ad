package import Addresses

/// A DHCP message as tests write and read it (RFC 2131 section 2).
///
/// It deliberately shares no code with the server's codec: a codec that checks itself agrees with its own mistakes.
/// This one is slow and plain, and can build messages that no honest client sends.
package struct DHCPMessage: Equatable, Sendable {
    package var op: UInt8 = 1
    package var htype: UInt8 = 1
    package var hlen: UInt8 = 6
    package var hops: UInt8 = 0
    package var xid: UInt32 = 0
    package var secs: UInt16 = 0
    package var flags: UInt16 = 0
    package var ciaddr = IPv4Address.unspecified
    package var yiaddr = IPv4Address.unspecified
    package var siaddr = IPv4Address.unspecified
    package var giaddr = IPv4Address.unspecified
    /// All 16 bytes of the field.
    package var chaddr = [UInt8](repeating: 0, count: 16)
    package var sname = [UInt8](repeating: 0, count: 64)
    package var file = [UInt8](repeating: 0, count: 128)
    /// The magic cookie, 99.130.83.99 in host byte order.
    package var cookie: UInt32 = 0x6382_5363
    /// In wire order; several instances of one code are not joined.
    package var options: [Option] = []
    /// The bytes after the options: END and padding, or whatever a hostile sender puts there.
    package var tail: [UInt8] = [255]

    /// One option. END and PAD are not options here.
    package struct Option: Equatable, Sendable {
        package var code: UInt8
        package var data: [UInt8]

        package init(_ code: UInt8, _ data: [UInt8]) {
            self.code = code
            self.data = data
        }
    }

    /// Message types, the values of option 53 (RFC 2132 section 9.6, RFC 3203, RFC 4388).
    package enum Kind: UInt8, Sendable {
        case discover = 1, offer, request, decline, ack, nak, release, inform, forceRenew
        case leaseQuery, leaseUnassigned, leaseUnknown, leaseActive
    }

    package init() {}

    /// A client's message of that type.
    package init(_ kind: Kind, from mac: MACAddress, xid: UInt32) {
        self.xid = xid
        for index in 0..<6 { chaddr[index] = mac[byte: index] }
        self[53] = [kind.rawValue]
    }

    /// The bytes of an option, joined if it occurs several times (RFC 3396); nil if it is absent.
    ///
    /// Setting it replaces the first instance and removes the others.
    package subscript(code: UInt8) -> [UInt8]? {
        get {
            let instances = options.filter { $0.code == code }
            return instances.isEmpty ? nil : instances.flatMap(\.data)
        }
        set {
            let position = options.firstIndex { $0.code == code } ?? options.count
            options.removeAll { $0.code == code }
            if let newValue { options.insert(Option(code, newValue), at: min(position, options.count)) }
        }
    }

    package var kind: Kind? { self[53].flatMap { $0.count == 1 ? Kind(rawValue: $0[0]) : nil } }
    package var serverIdentifier: IPv4Address? { address(54) }
    package var leaseSeconds: UInt32? { number(51) }
    package var mac: MACAddress {
        MACAddress(chaddr[0], chaddr[1], chaddr[2], chaddr[3], chaddr[4], chaddr[5])
    }
    package var wantsBroadcast: Bool {
        get { flags & 0x8000 != 0 }
        set { flags = newValue ? flags | 0x8000 : flags & 0x7fff }
    }

    /// An option that is one address; nil if it is absent or has another length.
    package func address(_ code: UInt8) -> IPv4Address? { number(code).map(IPv4Address.init(rawValue:)) }

    /// An option that is a list of addresses; nil if it is absent or its length is not a multiple of four.
    package func addresses(_ code: UInt8) -> [IPv4Address]? {
        guard let data = self[code], data.count % 4 == 0 else { return nil }
        return stride(from: 0, to: data.count, by: 4).map {
            IPv4Address(rawValue: UInt32(bigEndian: data[$0..<$0 + 4]))
        }
    }

    /// An option of four bytes as a number; nil if it is absent or has another length.
    package func number(_ code: UInt8) -> UInt32? {
        self[code].flatMap { $0.count == 4 ? UInt32(bigEndian: $0[...]) : nil }
    }

    /// The codes of the options in wire order.
    package var codes: [UInt8] { options.map(\.code) }
}

extension DHCPMessage {
    /// The message on the wire, at least 300 bytes long as BOOTP relays expect (RFC 1542 section 2.1).
    package func bytes(atLeast byteCount: Int = 300) -> [UInt8] {
        var bytes = [op, htype, hlen, hops] + xid.bigEndianBytes + secs.bigEndianBytes + flags.bigEndianBytes
        for address in [ciaddr, yiaddr, siaddr, giaddr] { bytes += address.rawValue.bigEndianBytes }
        bytes += chaddr + sname + file + cookie.bigEndianBytes
        for option in options { bytes += [option.code, UInt8(truncatingIfNeeded: option.data.count)] + option.data }
        bytes += tail
        return bytes + [UInt8](repeating: 0, count: max(0, byteCount - bytes.count))
    }

    /// Reads a message; nil if it is shorter than its fixed part or if an options field is malformed. Options in `file`
    /// and `sname` (overload, option 52) follow those of the options field, in this order (RFC 2131 section 4.1).
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= 240 else { return nil }
        (op, htype, hlen, hops) = (bytes[0], bytes[1], bytes[2], bytes[3])
        xid = UInt32(bigEndian: bytes[4..<8])
        secs = UInt16(bigEndian: bytes[8..<10])
        flags = UInt16(bigEndian: bytes[10..<12])
        ciaddr = IPv4Address(rawValue: UInt32(bigEndian: bytes[12..<16]))
        yiaddr = IPv4Address(rawValue: UInt32(bigEndian: bytes[16..<20]))
        siaddr = IPv4Address(rawValue: UInt32(bigEndian: bytes[20..<24]))
        giaddr = IPv4Address(rawValue: UInt32(bigEndian: bytes[24..<28]))
        chaddr = Array(bytes[28..<44])
        sname = Array(bytes[44..<108])
        file = Array(bytes[108..<236])
        cookie = UInt32(bigEndian: bytes[236..<240])
        guard let (options, tail) = Self.options(in: bytes[240...]) else { return nil }
        (self.options, self.tail) = (options, tail)
        let overload = self[52]?.first ?? 0
        for (bit, field) in [(UInt8(1), file), (2, sname)] where overload & bit != 0 {
            guard let (more, _) = Self.options(in: field[...]) else { return nil }
            self.options += more
        }
    }

    /// The options up to END, and the bytes from END on; nil if an option runs past the end or END is missing.
    private static func options(in field: ArraySlice<UInt8>) -> (options: [Option], tail: [UInt8])? {
        var rest = field
        var options: [Option] = []
        while let code = rest.first {
            if code == 255 { return (options, Array(rest)) }
            rest = rest.dropFirst()
            if code == 0 { continue }
            guard let length = rest.first, rest.count > length else { return nil }
            options.append(Option(code, Array(rest.dropFirst().prefix(Int(length)))))
            rest = rest.dropFirst(Int(length) + 1)
        }
        return nil
    }
}

extension IPv4Address {
    /// The four bytes as in an option.
    package var bytes: [UInt8] { rawValue.bigEndianBytes }
}

extension MACAddress {
    /// The six bytes in wire order.
    package var bytes: [UInt8] { (0..<6).map { self[byte: $0] } }
}
