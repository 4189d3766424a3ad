import NIOHTTP1
import Node

/// An answer to a request.
struct Response: Sendable {
    enum Body {
        case bytes([UInt8])
        /// Lines that are sent as they come. The answer ends when the stream ends.
        case lines(AsyncStream<String>)
    }

    let status: HTTPResponseStatus
    var headers: HTTPHeaders
    let body: Body

    init(_ status: HTTPResponseStatus) {
        self.status = status
        headers = [:]
        body = .bytes([])
    }

    /// - Parameter type: the media type.
    init(_ body: Body, type: String, status: HTTPResponseStatus = .ok) {
        self.status = status
        headers = ["Content-Type": type]
        self.body = body
    }

    /// A JSON document, followed by a line break.
    init(_ json: JSON, status: HTTPResponseStatus = .ok) {
        self.init(.bytes(Array((json.compactText + "\n").utf8)), type: "application/json", status: status)
    }
}
