import Addresses
import CFastDHCP
import Glibc

import LinuxSystem
@testable import FastDHCP

/// The VMs' end of a ``LiveNetwork``: sends any bytes and receives every frame that arrives.
struct VirtualMachine: ~Copyable {
    private let descriptor: OwnedDescriptor

    init(on interface: String = "vm0") throws {
        let descriptor = try SystemCall.socket(AF_PACKET, SOCK_RAW, protocol: 0)
        var address = sockaddr_ll()
        address.sll_family = UInt16(AF_PACKET)
        address.sll_protocol = UInt16(ETH_P_IP).bigEndian
        address.sll_ifindex = try InterfaceIdentity(named: interface).index
        try SystemCall.setsockopt(descriptor.rawValue, SOL_SOCKET, SO_RCVBUFFORCE, Int32(64 << 20))
        try SystemCall.bind(descriptor.rawValue, to: address)
        self.descriptor = descriptor
    }

    /// Puts a frame on the wire as it is.
    borrowing func send(_ frame: [UInt8]) throws {
        try SystemCall.check("send") {
            // SAFETY: the buffer is as long as the array that lends it.
            unsafe frame.withUnsafeBytes {
                unsafe Glibc.send(descriptor.rawValue, $0.baseAddress, $0.count, 0)
            }
        }
    }

    /// The next frame that arrives from the bridge, nil when none does within five seconds.
    borrowing func receive(timeoutMilliseconds: Int32 = 5000) throws -> [UInt8]? {
        var set = PollSet<1>([descriptor.rawValue])
        var buffer = [UInt8](repeating: 0, count: 65536)
        guard try set.wait(timeoutMilliseconds: timeoutMilliseconds) > 0 else { return nil }
        let count = try SystemCall.check("recv") {
            // SAFETY: the buffer is as long as the call is told.
            unsafe buffer.withUnsafeMutableBytes {
                unsafe recv(descriptor.rawValue, $0.baseAddress, $0.count, 0)
            }
        }
        return Array(buffer[..<count])
    }
}

/// Frames as VMs send them.
enum TestFrame {
    static let bridgeAddress = MACAddress(2, 0, 0, 0, 0, 1)

    /// A UDP datagram to port 67, whose message has `chaddr` and, as xid, `number`.
    ///
    /// - Parameters:
    ///   - station: the Ethernet destination.
    ///   - vlan: puts an 802.1Q tag with this number before the EtherType.
    ///   - fragment: the flags and offset field of the IPv4 header.
    ///   - headerWords: the IPv4 header length field, which is wrong unless it is 5.
    static func request(
        number: UInt32, to station: MACAddress = .broadcast,
        chaddr: MACAddress = MACAddress(2, 9, 0, 0, 0, 1), vlan: UInt16? = nil, port: UInt16 = 67,
        fragment: UInt16 = 0, headerWords: UInt8 = 5, payloadByteCount: Int = 300
    ) -> [UInt8] {
        var frame = bigEndian(station) + bigEndian(chaddr)
        if let vlan { frame += [0x81, 0x00] + bytes(vlan) }
        frame += [0x08, 0x00]
        var header: [UInt8] =
            [0x40 | headerWords, 0] + bytes(UInt16(28 + payloadByteCount)) + [0, 0] + bytes(fragment)
        header += [64, 17, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255]
        header.replaceSubrange(10..<12, with: bytes(InternetSum.of(header)))
        frame += header + bytes(UInt16(68)) + bytes(port) + bytes(UInt16(8 + payloadByteCount)) + [0, 0]
        var message: [UInt8] = [1, 1, 6, 0] + bytes(UInt16(number >> 16)) + bytes(UInt16(number & 0xFFFF))
        message += Array(repeating: 0, count: 20) + bigEndian(chaddr)
        return frame + message + Array(repeating: 0, count: payloadByteCount - message.count)
    }

    /// A datagram from 10.9.0.2 to 10.9.0.1, the bridge.
    static func unicast(toPort port: UInt16) -> [UInt8] {
        var frame = request(number: 0, to: bridgeAddress, port: port)
        frame.replaceSubrange(24..<34, with: [0, 0, 10, 9, 0, 2, 10, 9, 0, 1])
        frame.replaceSubrange(24..<26, with: bytes(InternetSum.of(Array(frame[14..<34]))))
        return frame
    }

    /// The number that ``request(number:to:chaddr:vlan:port:fragment:headerWords:payloadByteCount:)`` put
    /// into a frame.
    static func number(of frame: Span<UInt8>) -> UInt32 {
        (46..<50).reduce(0) { number, offset in number << 8 | UInt32(offset < frame.count ? frame[offset] : 0)
        }
    }

    static func number(of frame: [UInt8]) -> UInt32 { number(of: frame.span) }

    private static func bigEndian(_ address: MACAddress) -> [UInt8] { (0..<6).map { address[byte: $0] } }
    private static func bytes(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
}

/// The checksum of RFC 1071, without the code under test.
private enum InternetSum {
    static func of(_ bytes: [UInt8]) -> UInt16 {
        var sum = stride(from: 0, to: bytes.count, by: 2).reduce(0) {
            $0 + Int(bytes[$1]) << 8 + Int(bytes[$1 + 1])
        }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return ~UInt16(sum)
    }
}

extension ReceiveRing {
    /// Takes frames until `isEnough`, and gives up after five seconds without one.
    mutating func collect(until isEnough: ([UInt32]) -> Bool) throws -> [UInt32] {
        var numbers: [UInt32] = []
        var set = PollSet<1>([fileDescriptor])
        while !isEnough(numbers) {
            let count = receive(limit: 16) { numbers.append(TestFrame.number(of: $0.bytes)) }
            guard count == 0 else { continue }
            guard try set.wait(timeoutMilliseconds: 5000) > 0 else { break }
        }
        return numbers
    }

    /// The numbers of all frames up to `last`. A frame that was sent before it and is not among them never comes.
    mutating func numbers(upTo last: UInt32) throws -> [UInt32] { try collect { $0.last == last } }
}
