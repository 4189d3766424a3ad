/// An IPv4 address, stored as one number in host byte order so that it compares and counts in numeric order.
public struct IPv4Address: RawRepresentable, Hashable, BitwiseCopyable, Sendable {
    /// The address as a number in host byte order: 10.0.0.1 is `0x0A00_0001`.
    public var rawValue: UInt32

    @inlinable @inline(__always)
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// 0.0.0.0: "this host" in a request, "none" in a reply.
    public static var unspecified: Self { Self(rawValue: 0) }

    /// 255.255.255.255, the limited broadcast address.
    public static var broadcast: Self { Self(rawValue: .max) }

    @inlinable @inline(__always)
    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        self.init(rawValue: UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d))
    }

    /// The byte at `index` (0 to 3) in wire order.
    @inlinable @inline(__always)
    public subscript(byte index: Int) -> UInt8 { UInt8(truncatingIfNeeded: rawValue >> UInt32(24 - 8 * index)) }
}

extension IPv4Address: Comparable {
    @inlinable @inline(__always)
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension IPv4Address: LosslessStringConvertible {
    /// Parses dotted decimal: four numbers from 0 to 255. Leading zeros are not allowed, because some tools read them
    /// as octal.
    public init?(_ text: some StringProtocol) {
        var rest = text.utf8[...]
        var value: UInt32 = 0
        for position in 0..<4 {
            guard position == 0 || rest.popFirst() == UInt8(ascii: ".") else { return nil }
            let digits = rest.prefix { $0 != UInt8(ascii: ".") }
            guard let byte = UInt8(decimal: digits) else { return nil }
            value = value << 8 | UInt32(byte)
            rest = rest[digits.endIndex...]
        }
        guard rest.isEmpty else { return nil }
        self.init(rawValue: value)
    }

    public var description: String {
        var text: [UInt8] = []
        appendText(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the description in ASCII. Allocates nothing if there is room for 15 bytes.
    public func appendText(to text: inout [UInt8]) {
        for shift in stride(from: 24 as UInt32, through: 0, by: -8) {
            if shift < 24 { text.append(UInt8(ascii: ".")) }
            text.append(decimal: UInt8(truncatingIfNeeded: rawValue >> shift))
        }
    }
}

extension IPv4Address: Codable {
    public init(from decoder: any Decoder) throws { self = try decodeText(from: decoder, as: "IPv4 address") }
    public func encode(to encoder: any Encoder) throws { try encodeText(self, to: encoder) }
}
