import Addresses

/// The fixed fields of a frame with a DHCP message: what replies and requests have in common.
struct FrameHeader {
    var ethernetDestination: MACAddress
    var ethernetSource: MACAddress
    var sourceAddress: IPv4Address
    var destinationAddress: IPv4Address
    var sourcePort: UInt16
    var destinationPort: UInt16
    var op: UInt8
    var hops: UInt8 = 0
    var xid: UInt32
    var secs: UInt16 = 0
    var flags: UInt16
    var ciaddr: IPv4Address
    var yiaddr = IPv4Address.unspecified
    var siaddr = IPv4Address.unspecified
    var giaddr: IPv4Address
    var chaddr: MACAddress

    /// Writes every octet from the Ethernet destination to the magic cookie, with both checksums.
    /// - Parameters:
    ///   - frameEnd: the offset where the message ends.
    ///   - optionsChecksum: the sum of the options with their padding.
    @inline(__always)
    func write(frameEnd: Int, optionsChecksum: InternetChecksum, into frame: inout MutableSpan<UInt8>) {
        // Said once more where the stores are, so that none of them is checked on its own.
        precondition(frame.count >= MessageSize.frameByteCapacity, "a frame needs room for 1514 octets")
        writeEthernet(into: &frame)
        writeIPv4(totalLength: UInt16(truncatingIfNeeded: frameEnd &- FrameLayout.ip), into: &frame)
        let udpLength = UInt16(truncatingIfNeeded: frameEnd &- FrameLayout.udp)
        writeUDP(length: udpLength, checksum: udpChecksum(length: udpLength, options: optionsChecksum), into: &frame)
        writeBOOTP(into: &frame)
    }

    @inline(__always)
    private func writeEthernet(into frame: inout MutableSpan<UInt8>) {
        frame.store(ethernetDestination, at: FrameLayout.ethernetDestination)
        frame.store(ethernetSource, at: FrameLayout.ethernetSource)
        frame.store(FrameValue.etherTypeIPv4, at: FrameLayout.etherType)
    }

    @inline(__always)
    private func writeIPv4(totalLength: UInt16, into frame: inout MutableSpan<UInt8>) {
        // A datagram that is never fragmented needs no identification (RFC 6864 section 4.1).
        let versionToLength = UInt32(FrameValue.versionAndHeaderLength) << 24 | UInt32(totalLength)
        let identificationAndFlags = UInt32(FrameValue.dontFragment)
        let timeToLiveAndProtocol = UInt16(FrameValue.timeToLive) << 8 | UInt16(FrameValue.protocolUDP)
        var checksum = InternetChecksum()
        checksum.add(UInt64(versionToLength) << 32 | UInt64(identificationAndFlags))
        checksum.add(timeToLiveAndProtocol)
        checksum.add(sourceAddress)
        checksum.add(destinationAddress)
        frame.store(versionToLength, at: FrameLayout.versionAndHeaderLength)
        frame.store(identificationAndFlags, at: FrameLayout.identification)
        frame.store(timeToLiveAndProtocol, at: FrameLayout.timeToLive)
        frame.store(checksum.complement, at: FrameLayout.headerChecksum)
        frame.store(sourceAddress, at: FrameLayout.sourceAddress)
        frame.store(destinationAddress, at: FrameLayout.destinationAddress)
    }

    @inline(__always)
    private func writeUDP(length: UInt16, checksum: UInt16, into frame: inout MutableSpan<UInt8>) {
        frame.store(sourcePort, at: FrameLayout.sourcePort)
        frame.store(destinationPort, at: FrameLayout.destinationPort)
        frame.store(length, at: FrameLayout.udpLength)
        // 0 would say that there is none; 0xffff is the same number (RFC 768).
        frame.store(checksum == 0 ? 0xFFFF : checksum, at: FrameLayout.udpChecksum)
    }

    @inline(__always)
    private func writeBOOTP(into frame: inout MutableSpan<UInt8>) {
        frame.store(opToHops, at: FrameLayout.op)
        frame.store(xid, at: FrameLayout.xid)
        frame.store(secs, at: FrameLayout.secs)
        frame.store(flags, at: FrameLayout.flags)
        frame.store(ciaddr, at: FrameLayout.ciaddr)
        frame.store(yiaddr, at: FrameLayout.yiaddr)
        frame.store(siaddr, at: FrameLayout.siaddr)
        frame.store(giaddr, at: FrameLayout.giaddr)
        frame.store(chaddr, at: FrameLayout.chaddr)
        for offset in FrameLayout.chaddrPadding..<FrameLayout.magicCookie { frame[offset] = 0 }
        frame.store(FrameValue.magicCookie, at: FrameLayout.magicCookie)
    }

    /// The UDP checksum over the pseudo header, the fields above and the options; sname and file are zero and add nothing.
    @inline(__always)
    private func udpChecksum(length: UInt16, options: InternetChecksum) -> UInt16 {
        var checksum = options
        checksum.add(sourceAddress)
        checksum.add(destinationAddress)
        checksum.add(UInt16(FrameValue.protocolUDP))
        // Once in the pseudo header, once in the UDP header.
        checksum.add(length)
        checksum.add(length)
        checksum.add(UInt64(sourcePort) << 16 | UInt64(destinationPort))
        checksum.add(UInt64(opToHops) << 32 | UInt64(xid))
        checksum.add(UInt64(secs) << 16 | UInt64(flags))
        checksum.add(ciaddr)
        checksum.add(yiaddr)
        checksum.add(siaddr)
        checksum.add(giaddr)
        checksum.add(chaddr.rawValue)
        checksum.add(UInt64(FrameValue.magicCookie))
        return checksum.complement
    }

    /// op, htype, hlen and hops.
    @inline(__always)
    private var opToHops: UInt32 {
        let types = UInt32(FrameValue.htypeEthernet) << 16 | UInt32(FrameValue.hlenEthernet) << 8
        return UInt32(op) << 24 | types | UInt32(hops)
    }
}
