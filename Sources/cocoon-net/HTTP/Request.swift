import NIOCore
import NIOHTTP1

/// A request with its whole body.
struct Request: Sendable {
    /// Longer bodies are not kept.
    static let bodyByteLimit = 64 << 10

    let method: HTTPMethod
    let version: HTTPVersion
    /// Whether the client may send another one on this connection.
    let isKeepAlive: Bool
    /// The path as it was sent, such as `/v1/leases/52%3A54%3A00%3A12%3A34%3A56`.
    let path: String
    /// What stands behind the question mark; empty where there is none.
    let query: String
    private var bodyBytes: [UInt8] = []
    private var bodyByteCount = 0

    init(_ head: HTTPRequestHead) {
        method = head.method
        version = head.version
        // The older version closes unless both sides say otherwise, and this one does not.
        isKeepAlive = head.isKeepAlive && head.version == .http1_1
        let target = Self.originForm(head.uri).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(target[0])
        query = target.count > 1 ? String(target[1]) : ""
    }

    /// What a connection holds before its first request.
    init() { self.init(HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")) }

    /// The target without scheme and authority, which a server takes as well (RFC 9112 section 3.2.2).
    private static func originForm(_ target: String) -> Substring {
        guard !target.hasPrefix("/"), let scheme = target.firstRange(of: "://") else { return target[...] }
        let rest = target[scheme.upperBound...]
        return rest[(rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex)...]
    }

    mutating func append(_ bytes: ByteBuffer) {
        bodyByteCount += bytes.readableBytes
        if bodyByteCount <= Self.bodyByteLimit { bodyBytes += bytes.readableBytesView }
    }

    /// - Throws: when it is longer than the limit.
    var body: [UInt8] {
        get throws(ControlError) {
            guard bodyByteCount <= Self.bodyByteLimit else {
                throw ControlError(.payloadTooLarge, "the body is longer than \(Self.bodyByteLimit) bytes")
            }
            return bodyBytes
        }
    }
}
