/// The token that makes a call happen once, however often it is sent.
enum ClientToken {
    /// 32 hexadecimal digits.
    static func new() -> String {
        (0..<2).map { _ in String(UInt64.random(in: 1 << 63...UInt64.max), radix: 16) }.joined()
    }

    /// A random UUID (RFC 9562, version 4).
    static func uuid() -> String {
        let digits = new().enumerated().map { $0.offset == 12 ? "4" : $0.offset == 16 ? "8" : $0.element }
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return groups.map { String(digits[$0]) }.joined(separator: "-")
    }
}
