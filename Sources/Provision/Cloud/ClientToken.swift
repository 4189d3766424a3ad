import FoundationEssentials

/// An idempotency token: a call takes effect once, however often it is sent with the same token.
enum ClientToken {
    /// 32 hexadecimal digits.
    static func new() -> String {
        (0..<2).map { _ in String(UInt64.random(in: 1 << 63...UInt64.max), radix: 16) }.joined()
    }

    /// A random UUID (RFC 9562, version 4).
    static func uuid() -> String { UUID().uuidString.lowercased() }
}
