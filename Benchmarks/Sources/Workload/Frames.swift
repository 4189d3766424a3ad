public import Addresses
import FastDHCP

/// One message of every client as a frame in memory, in the form that a Linux client sends.
public struct Frames: ~Copyable, Sendable {
    public enum Kind: Sendable { case discover, request, renewal }

    private var bytes: [UInt8] = []
    private var ends: [Int] = [0]

    public init(_ kind: Kind, clientCount: Int) {
        var room = [UInt8](repeating: 0, count: RequestWriter.frameByteCapacity)
        for client in 0..<clientCount {
            var frame = room.mutableSpan
            let request = Self.request(kind, of: client)
            let byteCount = RequestWriter.write(request, options: Self.options(of: client).span, into: &frame)
            bytes += room.prefix(byteCount)
            ends.append(bytes.count)
        }
    }

    public subscript(client: Int) -> Span<UInt8> {
        @_lifetime(borrow self) get { bytes.span.extracting(ends[client]..<ends[client + 1]) }
    }

    /// The address that a client gets if all clients ask in order.
    public static func address(of client: Int) -> IPv4Address {
        IPv4Address(rawValue: IPv4Address(10, 0, 0, 2).rawValue + UInt32(client))
    }

    private static func mac(of client: Int) -> MACAddress { MACAddress(rawValue: 0x5254_0000_0000 + UInt64(client)) }

    private static func request(_ kind: Kind, of client: Int) -> Request {
        var request = Request(
            kind == .discover ? .discover : .request, chaddr: mac(of: client),
            xid: UInt32(truncatingIfNeeded: client &* 0x9E37_79B1))
        request.maximumMessageSize = 1472
        switch kind {
        case .discover: break
        case .request:
            request.serverIdentifier = MemoryWorker.address
            request.requestedIPAddress = address(of: client)
        case .renewal:
            request.ciaddr = address(of: client)
            request.sourceAddress = request.ciaddr
            request.destinationAddress = MemoryWorker.address
        }
        return request
    }

    /// The options that systemd-networkd requests (55), a client identifier (61) and a host name (12).
    private static func options(of client: Int) -> [UInt8] {
        let requested: [UInt8] = [1, 3, 6, 12, 15, 26, 28, 33, 42, 51, 54, 58, 59, 119, 121]
        let mac = mac(of: client)
        let identifier = [1] + (0..<6).map { mac[byte: $0] }
        let name = Array("vm-\(100_000 + client)".utf8)
        return [55, UInt8(requested.count)] + requested + [61, UInt8(identifier.count)] + identifier
            + [12, UInt8(name.count)] + name
    }
}
