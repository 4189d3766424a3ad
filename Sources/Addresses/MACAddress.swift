/// A 48-bit Ethernet address, stored as one number whose most significant byte is the first on the wire.
public struct MACAddress: RawRepresentable, Hashable, BitwiseCopyable, Sendable {
    /// The address in the low 48 bits; the upper 16 are zero.
    public let rawValue: UInt64

    /// Takes the low 48 bits of `rawValue`.
    @inlinable @inline(__always)
    public init(rawValue: UInt64) { self.rawValue = rawValue & 0xFFFF_FFFF_FFFF }

    /// ff:ff:ff:ff:ff:ff.
    public static var broadcast: Self { Self(rawValue: .max) }

    /// 00:00:00:00:00:00, which no interface may have.
    public static var zero: Self { Self(rawValue: 0) }

    @inlinable @inline(__always)
    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, _ e: UInt8, _ f: UInt8) {
        let high = UInt64(a) << 40 | UInt64(b) << 32 | UInt64(c) << 24
        self.init(rawValue: high | UInt64(d) << 16 | UInt64(e) << 8 | UInt64(f))
    }

    /// The byte at `index` (0 to 5) in wire order.
    @inlinable @inline(__always)
    public subscript(byte index: Int) -> UInt8 { UInt8(truncatingIfNeeded: rawValue >> UInt64(40 - 8 * index)) }

    /// Whether the group bit is set (IEEE 802, first byte, lowest bit). Such an address does not name a single station.
    @inlinable @inline(__always)
    public var isMulticast: Bool { rawValue & 0x0100_0000_0000 != 0 }
}

extension MACAddress: Comparable {
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension MACAddress: LosslessStringConvertible {
    /// Parses six hexadecimal pairs, upper or lower case, separated by colons or by hyphens.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 17 else { return nil }
        let separator = bytes[2]
        guard separator == UInt8(ascii: ":") || separator == UInt8(ascii: "-") else { return nil }
        var value: UInt64 = 0
        for (position, byte) in bytes.enumerated() {
            if position % 3 == 2 {
                guard byte == separator else { return nil }
            } else {
                guard let digit = UInt8(hexadecimalDigit: byte) else { return nil }
                value = value << 4 | UInt64(digit)
            }
        }
        self.init(rawValue: value)
    }

    /// Lower case, separated by colons.
    public var description: String {
        var text: [UInt8] = []
        appendText(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the description in ASCII. Allocates nothing if there is room for 17 bytes.
    public func appendText(to text: inout [UInt8]) {
        for index in 0..<6 {
            if index > 0 { text.append(UInt8(ascii: ":")) }
            text.append(hexadecimal: self[byte: index])
        }
    }
}

extension MACAddress: Codable {
    public init(from decoder: any Decoder) throws { self = try decodeText(from: decoder, as: "MAC address") }
    public func encode(to encoder: any Encoder) throws { try encodeText(self, to: encoder) }
}
