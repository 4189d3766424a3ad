package import Addresses

/// An Ethernet frame with IPv4 and UDP in it. Every length, checksum and flag can be set to a wrong value.
package struct Frame: Sendable {
    package var destination = MACAddress.broadcast
    package var source: MACAddress
    /// 802.1Q tags, outermost first, as the 16 bits of priority and VLAN.
    package var vlanTags: [UInt16] = []
    package var etherType: UInt16 = 0x0800

    package var versionAndHeaderLength: UInt8 = 0x45
    package var typeOfService: UInt8 = 0x10
    /// The IP total length; nil for the correct one.
    package var totalLength: UInt16?
    /// Flags and fragment offset: 0x2000 is "more fragments", 0x4000 is "do not fragment".
    package var fragment: UInt16 = 0
    package var timeToLive: UInt8 = 64
    package var ipProtocol: UInt8 = 17
    /// The IP header checksum; nil for the correct one.
    package var ipChecksum: UInt16?
    package var sourceAddress = IPv4Address.unspecified
    package var destinationAddress = IPv4Address.broadcast
    /// IP options, a multiple of four bytes. They do not change the header length field by themselves.
    package var ipOptions: [UInt8] = []

    package var sourcePort: UInt16 = 68
    package var destinationPort: UInt16 = 67
    /// The UDP length; nil for the correct one.
    package var udpLength: UInt16?
    /// The UDP checksum; nil for the correct one, 0 for none.
    package var udpChecksum: UInt16?
    package var payload: [UInt8]

    /// A client's broadcast frame.
    package init(from source: MACAddress, _ payload: [UInt8]) {
        self.source = source
        self.payload = payload
    }

    /// The frame on the wire.
    package var bytes: [UInt8] {
        var bytes = destination.bytes + source.bytes
        for tag in vlanTags { bytes += [0x81, 0x00] + tag.bigEndianBytes }
        bytes += etherType.bigEndianBytes
        bytes += ipHeader
        bytes += udpBytes(checksum: udpChecksum ?? trueUDPChecksum)
        return bytes
    }

    private var ipHeader: [UInt8] {
        var header = [versionAndHeaderLength, typeOfService]
        header += (totalLength ?? UInt16(28 + ipOptions.count + payload.count)).bigEndianBytes
        header += [0x12, 0x34] + fragment.bigEndianBytes
        header += [timeToLive, ipProtocol, 0, 0]
        header += sourceAddress.bytes + destinationAddress.bytes + ipOptions
        header.replaceSubrange(10..<12, with: (ipChecksum ?? internetChecksum(header)).bigEndianBytes)
        return header
    }

    /// The correct UDP checksum of the frame (RFC 768); never 0, which means none.
    package var trueUDPChecksum: UInt16 {
        let length = udpLength ?? UInt16(8 + payload.count)
        let pseudoHeader = sourceAddress.bytes + destinationAddress.bytes + [0, 17] + length.bigEndianBytes
        let sum = internetChecksum(pseudoHeader + udpBytes(checksum: 0))
        return sum == 0 ? 0xffff : sum
    }

    private func udpBytes(checksum: UInt16) -> [UInt8] {
        let length = udpLength ?? UInt16(8 + payload.count)
        let header = [sourcePort, destinationPort, length, checksum]
        return header.flatMap(\.bigEndianBytes) + payload
    }
}

extension Frame {
    /// Reads an untagged IPv4 and UDP frame; nil for any other, or if a length or the IP checksum is wrong.
    ///
    /// The UDP checksum is kept as it is: frames from a socket of this machine carry an unfinished one.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= 42, UInt16(bigEndian: bytes[12..<14]) == 0x0800, bytes[14] == 0x45, bytes[23] == 17 else {
            return nil
        }
        let totalLength = Int(UInt16(bigEndian: bytes[16..<18]))
        guard totalLength >= 28, bytes.count >= 14 + totalLength, internetChecksum(Array(bytes[14..<34])) == 0,
            Int(UInt16(bigEndian: bytes[38..<40])) == totalLength - 20
        else { return nil }
        self.init(from: MACAddress(bytes[6..<12]), Array(bytes[42..<14 + totalLength]))
        destination = MACAddress(bytes[0..<6])
        fragment = UInt16(bigEndian: bytes[20..<22])
        timeToLive = bytes[22]
        sourceAddress = IPv4Address(rawValue: UInt32(bigEndian: bytes[26..<30]))
        destinationAddress = IPv4Address(rawValue: UInt32(bigEndian: bytes[30..<34]))
        sourcePort = UInt16(bigEndian: bytes[34..<36])
        destinationPort = UInt16(bigEndian: bytes[36..<38])
        udpChecksum = UInt16(bigEndian: bytes[40..<42])
    }
}

/// The checksum of IP and UDP headers (RFC 1071); 0 over bytes that contain their own correct checksum.
package func internetChecksum(_ bytes: [UInt8]) -> UInt16 {
    var sum: UInt32 = 0
    for index in stride(from: 0, to: bytes.count, by: 2) {
        sum += UInt32(bytes[index]) << 8 | UInt32(index + 1 < bytes.count ? bytes[index + 1] : 0)
    }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    return ~UInt16(sum)
}

extension MACAddress {
    fileprivate init(_ bytes: ArraySlice<UInt8>) { self.init(rawValue: UInt64(bigEndian: bytes)) }
}
