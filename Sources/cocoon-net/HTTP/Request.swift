import NIOCore
import NIOHTTP1

/// A request with its whole body.
struct Request: Sendable {
    /// The longest body that is accepted.
    static let bodyByteLimit = 64 << 10

    let method: HTTPMethod
    let version: HTTPVersion
    /// Whether the client may send another request on this connection.
    let isKeepAlive: Bool
    /// The path as it was sent, such as `/v1/leases/52%3A54%3A00%3A12%3A34%3A56`.
    let path: String
    /// The part after the question mark. Empty if there is none.
    let query: String
    private var bodyBytes: [UInt8] = []
    private var bodyByteCount = 0

    init(_ head: HTTPRequestHead) {
        method = head.method
        version = head.version
        // HTTP/1.0 keeps a connection open only if both sides ask for it, and this server does not.
        isKeepAlive = head.isKeepAlive && head.version == .http1_1
        let target = Self.originForm(head.uri).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(target[0])
        query = target.count > 1 ? String(target[1]) : ""
    }

    /// The request target without scheme and authority. A server must accept the absolute form too (RFC 9112 section 3.2.2).
    private static func originForm(_ target: String) -> Substring {
        guard !target.hasPrefix("/"), let scheme = target.firstRange(of: "://") else { return target[...] }
        let rest = target[scheme.upperBound...]
        return rest[(rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex)...]
    }

    mutating func append(_ bytes: ByteBuffer) {
        bodyByteCount += bytes.readableBytes
        if bodyByteCount <= Self.bodyByteLimit { bodyBytes += bytes.readableBytesView }
    }

    /// The body.
    /// - Throws: when it is longer than `bodyByteLimit`.
    var body: [UInt8] {
        get throws(ControlError) {
            guard bodyByteCount <= Self.bodyByteLimit else {
                throw ControlError(.payloadTooLarge, "the body is longer than \(Self.bodyByteLimit) bytes")
            }
            return bodyBytes
        }
    }
}
