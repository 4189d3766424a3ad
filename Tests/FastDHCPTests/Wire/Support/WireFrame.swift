import Addresses

/// A frame that is built field by field, without any of the code under test. Fields that a test does not set are those
/// of a valid DISCOVER.
struct WireFrame {
    /// The interface that receives.
    static let interface = MACAddress(2, 0xFF, 0, 0, 0, 1)
    static let client = MACAddress(2, 0, 0, 0, 0, 0x0A)

    var ethernetDestination = MACAddress.broadcast
    var ethernetSource = client
    var etherType: UInt16 = 0x0800

    var versionAndHeaderLength: UInt8 = 0x45
    /// Overrides the true length.
    var totalLength: Int?
    var flagsAndFragmentOffset: UInt16 = 0
    var transportProtocol: UInt8 = 17
    var headerChecksum: UInt16?
    var sourceAddress = IPv4Address.unspecified
    var destinationAddress = IPv4Address.broadcast

    var sourcePort: UInt16 = 68
    var destinationPort: UInt16 = 67
    /// Overrides the true length.
    var udpLength: Int?
    var udpChecksum: UInt16?

    var op: UInt8 = 1
    var htype: UInt8 = 1
    var hlen: UInt8 = 6
    var hops: UInt8 = 0
    var xid: UInt32 = 0x1234_5678
    var secs: UInt16 = 0
    var flags: UInt16 = 0
    var ciaddr = IPv4Address.unspecified
    var yiaddr = IPv4Address.unspecified
    var siaddr = IPv4Address.unspecified
    var giaddr = IPv4Address.unspecified
    var chaddr = client
    /// Padded with zeros to 64 bytes.
    var sname: [UInt8] = []
    /// Padded with zeros to 128 bytes.
    var file: [UInt8] = []
    var magicCookie: UInt32 = 0x6382_5363
    /// All that follows the magic cookie.
    var options: [UInt8] = [53, 1, 1, 255]

    init() {}

    init(options: [UInt8]) { self.options = options }

    var bytes: [UInt8] {
        let message = bootp + bigEndian(magicCookie) + options
        let udpLength = UInt16(truncatingIfNeeded: self.udpLength ?? message.count + 8)
        var udp = bigEndian(sourcePort) + bigEndian(destinationPort) + bigEndian(udpLength) + [0, 0] + message
        let addresses = bigEndian(sourceAddress.rawValue) + bigEndian(destinationAddress.rawValue)
        let pseudoHeader = addresses + [0, 17] + bigEndian(udpLength)
        let sum = onesComplementSum(pseudoHeader + udp)
        udp.replaceSubrange(6..<8, with: bigEndian(udpChecksum ?? (sum == 0xFFFF ? sum : ~sum)))
        let ethernet = bigEndian(ethernetDestination) + bigEndian(ethernetSource) + bigEndian(etherType)
        return ethernet + ipHeader(payloadCount: udp.count) + udp
    }

    private var bootp: [UInt8] {
        let times = bigEndian(xid) + bigEndian(secs) + bigEndian(flags)
        let addresses = [ciaddr, yiaddr, siaddr, giaddr].flatMap { bigEndian($0.rawValue) }
        return [op, htype, hlen, hops] + times + addresses
            + padded(bigEndian(chaddr), to: 16) + padded(sname, to: 64) + padded(file, to: 128)
    }

    private func ipHeader(payloadCount: Int) -> [UInt8] {
        let length = UInt16(truncatingIfNeeded: totalLength ?? payloadCount + 20)
        var header = [versionAndHeaderLength, 0] + bigEndian(length) + [0, 1] + bigEndian(flagsAndFragmentOffset)
        header += [64, transportProtocol, 0, 0]
        header += bigEndian(sourceAddress.rawValue) + bigEndian(destinationAddress.rawValue)
        header.replaceSubrange(10..<12, with: bigEndian(headerChecksum ?? ~onesComplementSum(header)))
        return header
    }
}

/// The sum of RFC 1071, as its section 4.1 defines it: word by word.
func onesComplementSum(_ bytes: [UInt8]) -> UInt16 {
    var sum: UInt32 = 0
    for index in stride(from: 0, to: bytes.count, by: 2) {
        sum += UInt32(bytes[index]) << 8 | (index + 1 < bytes.count ? UInt32(bytes[index + 1]) : 0)
        if sum > 0xFFFF { sum -= 0xFFFF }
    }
    return UInt16(sum)
}

func bigEndian(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
    stride(from: value.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
}

func bigEndian(_ address: MACAddress) -> [UInt8] { (0..<6).map { address[byte: $0] } }

func padded(_ bytes: [UInt8], to count: Int) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: max(0, count - bytes.count))
}

/// One option, encoded.
func option(_ code: UInt8, _ value: [UInt8]) -> [UInt8] { [code, UInt8(value.count)] + value }
