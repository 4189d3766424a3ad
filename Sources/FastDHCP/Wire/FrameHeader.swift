import Addresses
import LinuxSystem

/// The fixed fields of a frame that carries a DHCP message: the fields that replies and requests have in common.
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

    /// Writes every byte before the magic cookie, including both checksums.
    /// - Parameters:
    ///   - frameEnd: the offset where the message ends.
    ///   - checksum: the sum of `file`, the magic cookie and the options.
    /// - Precondition: `frame` has room for `MessageSize.smallestFrameByteCapacity` bytes.
    @inline(always)
    func write(frameEnd: Int, checksum: InternetChecksum, into frame: inout MutableSpan<UInt8>) {
        // One check here spares a bounds check at each store.
        precondition(frame.count >= MessageSize.smallestFrameByteCapacity, "a frame needs more room")
        let totalLength = UInt16(truncatingIfNeeded: frameEnd &- FrameLayout.ip)
        let udpLength = UInt16(truncatingIfNeeded: frameEnd &- FrameLayout.udp)
        frame.store(ethernetDestination, at: FrameLayout.ethernetDestination)
        frame.store(ethernetSource, at: FrameLayout.ethernetSource)
        frame.store(FrameValue.etherTypeIPv4, at: FrameLayout.etherType)

        frame.store(FrameValue.versionToTypeOfService, at: FrameLayout.versionAndHeaderLength)
        frame.store(totalLength, at: FrameLayout.totalLength)
        frame.store(FrameValue.identificationAndFlags, at: FrameLayout.identification)
        frame.store(FrameValue.timeToLiveAndProtocol, at: FrameLayout.timeToLive)
        frame.store(headerChecksum(totalLength: totalLength), at: FrameLayout.headerChecksum)
        frame.store(sourceAddress, at: FrameLayout.sourceAddress)
        frame.store(destinationAddress, at: FrameLayout.destinationAddress)

        frame.store(sourcePort, at: FrameLayout.sourcePort)
        frame.store(destinationPort, at: FrameLayout.destinationPort)
        frame.store(udpLength, at: FrameLayout.udpLength)
        frame.store(udpChecksum(length: udpLength, beside: checksum), at: FrameLayout.udpChecksum)

        frame.store(opToHops, at: FrameLayout.op)
        frame.store(xid, at: FrameLayout.xid)
        frame.store(secs, at: FrameLayout.secs)
        frame.store(flags, at: FrameLayout.flags)
        frame.store(ciaddr, at: FrameLayout.ciaddr)
        frame.store(yiaddr, at: FrameLayout.yiaddr)
        frame.store(siaddr, at: FrameLayout.siaddr)
        frame.store(giaddr, at: FrameLayout.giaddr)
        frame.store(chaddr, at: FrameLayout.chaddr)
        // Clears the rest of chaddr, sname (unused) and file (the caller fills it).
        for offset in FrameLayout.chaddr + 6..<FrameLayout.magicCookie { frame[offset] = 0 }
    }

    /// op, htype, hlen and hops.
    @inline(always)
    private var opToHops: UInt32 {
        let types = UInt32(FrameValue.htypeEthernet) << 16 | UInt32(FrameValue.hlenEthernet) << 8
        return UInt32(op) << 24 | types | UInt32(hops)
    }

    /// RFC 791 section 3.1.
    @inline(always)
    private func headerChecksum(totalLength: UInt16) -> UInt16 {
        var checksum = InternetChecksum()
        checksum.add(
            addresses &+ UInt64(FrameValue.versionToTypeOfService) &+ UInt64(totalLength)
                &+ UInt64(FrameValue.identificationAndFlags) &+ UInt64(FrameValue.timeToLiveAndProtocol))
        return checksum.complement
    }

    /// RFC 768: covers the pseudo header, the UDP header, the fields above and what `sum` has already counted. sname is
    /// zero and adds nothing.
    @inline(always)
    private func udpChecksum(length: UInt16, beside sum: InternetChecksum) -> UInt16 {
        // The length counts once in the pseudo header and once in the UDP header.
        let udp =
            UInt64(FrameValue.protocolUDP) &+ 2 &* UInt64(length) &+ UInt64(sourcePort) &+ UInt64(destinationPort)
        let transaction = UInt64(opToHops) &+ UInt64(xid) &+ UInt64(secs) &+ UInt64(flags)
        let fields =
            UInt64(ciaddr.rawValue) &+ UInt64(yiaddr.rawValue) &+ UInt64(siaddr.rawValue) &+ UInt64(giaddr.rawValue)
        var checksum = sum
        checksum.add(addresses &+ udp &+ transaction &+ fields &+ chaddr.rawValue)
        // 0 would mean "no checksum". 0xffff is the same number in one's complement.
        return checksum.complement == 0 ? 0xFFFF : checksum.complement
    }

    /// The sum of the IP addresses. No field here has more than 48 bits, so no carry is lost in any of these sums.
    @inline(always)
    private var addresses: UInt64 { UInt64(sourceAddress.rawValue) &+ UInt64(destinationAddress.rawValue) }
}
