import Addresses
import FastDHCP

extension MessageRecipe {
    static func client(_ number: UInt8) -> MACAddress { MACAddress(2, 0, 0, 0, 1, number & 3) }

    /// One of a few addresses: none, the pool's, the server's, another one of the subnet, one of another network.
    private static func address(_ number: UInt8) -> IPv4Address {
        switch number & 7 {
        case 0: .unspecified
        case 1: Host.gateway
        case 6: IPv4Address(10, 0, 0, 77)
        case 7: IPv4Address(192, 168, 7, 7)
        default: Host.pool[Int(number & 7) - 2]
        }
    }

    /// The message as a frame, with correct lengths and checksums.
    var frame: [UInt8] {
        let types: [MessageType] = [.discover, .request, .request, .request, .decline, .release, .inform, .discover]
        let client = Self.client(client)
        var request = Request(types[Int(type & 7)], chaddr: client, xid: UInt32(traits) << 8 | UInt32(type))
        let requested = Self.address(requested)
        let server = Self.address(server)
        request.requestedIPAddress = requested == .unspecified ? nil : requested
        request.serverIdentifier = server == .unspecified ? nil : server
        request.ciaddr = Self.address(ciaddr)
        request.sourceAddress = Self.address(source)
        request.destinationAddress = traits & 1 == 0 ? .broadcast : Host.gateway
        request.ethernetDestination = traits & 1 == 0 ? .broadcast : Host.bridge
        request.flags = traits & 2 == 0 ? 0 : 0x8000
        request.hasRapidCommit = traits & 4 != 0
        request.maximumMessageSize = traits & 8 == 0 ? nil : UInt16(traits) << 4
        if traits & 16 != 0 { request.ethernetSource = MACAddress(2, 0, 0, 0, 2, 1) }
        if relay & 7 == 1 {
            request.giaddr = relay & 8 == 0 ? Host.relay : IPv4Address(10, 9, 9, 9)
            request.sourcePort = 67
        }
        let options: [UInt8] = traits & 32 == 0 ? [] : [61, 3, 255, 0, 9, 55, 4, 1, 3, 6, 51]
        var bytes = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
        var span = bytes.mutableSpan
        let count = RequestWriter.write(request, options: options.span, into: &span)
        return Array(bytes[..<count])
    }
}
