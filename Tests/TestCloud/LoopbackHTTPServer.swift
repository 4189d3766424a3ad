import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import Provision
import Node

/// One request as the server received it.
package struct ServedRequest: Sendable {
    package var method: String
    /// The path without the query.
    package var path: String
    /// The query, decoded, in the order of the URL.
    package var query: [(name: String, value: String)]
    /// By lower-case name.
    package var headers: [String: String]
    package var body: [UInt8]

    package subscript(name: String) -> String? { query.first { $0.name == name }?.value }

    /// The values of `Name.1`, `Name.2` and so on.
    package func list(_ name: String) -> [String] {
        query.filter { $0.name.hasPrefix(name + ".") && Int($0.name.dropFirst(name.count + 1)) != nil }.map(\.value)
    }
}

/// How the server handles a request.
package enum Serving: Sendable, Equatable {
    case reply(status: Int, body: String)
    /// Closes the connection without an answer.
    case hangUp
    /// Never answers, and keeps the connection.
    case hang
}

/// An HTTP server on the loopback interface that answers from a closure, one request at a time.
package final class LoopbackHTTPServer: Sendable {
    private let channel: any Channel

    /// The server's URL.
    package var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

    /// Starts the server on a free port.
    package init(_ answer: @escaping @Sendable (ServedRequest) -> Serving) async throws {
        channel = try await Self.bootstrap(answer).bind(host: "127.0.0.1", port: 0).get()
    }

    /// Starts the server on a listening socket and takes ownership of it.
    package init(listeningSocket: CInt, _ answer: @escaping @Sendable (ServedRequest) -> Serving) async throws {
        channel = try await Self.bootstrap(answer).withBoundSocket(listeningSocket).get()
    }

    private static func bootstrap(_ answer: @escaping @Sendable (ServedRequest) -> Serving) -> ServerBootstrap {
        ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(RequestHandler(answer))
                }
            }
    }

    /// Serves until the server is stopped.
    package func run() async throws { try await channel.closeFuture.get() }

    package func stop() async throws { try await channel.close() }
}

/// Collects a whole request, gets the answer from the closure and sends it.
private final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: @Sendable (ServedRequest) -> Serving
    private var request: ServedRequest?

    init(_ answer: @escaping @Sendable (ServedRequest) -> Serving) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): request = ServedRequest(head)
        case .body(let bytes): request?.body += Array(bytes.readableBytesView)
        case .end:
            guard let request else { return }
            self.request = nil
            switch answer(request) {
            case .hangUp: context.close(promise: nil)
            case .hang: break
            case .reply(let status, let body): reply(status, body, context)
            }
        }
    }

    private func reply(_ status: Int, _ body: String, _ context: ChannelHandlerContext) {
        let headers = HTTPHeaders([
            ("Content-Length", "\(body.utf8.count)"), ("Content-Type", "application/json"),
            ("Date", HTTPDate.text(.now)),
        ])
        let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}

extension ServedRequest {
    fileprivate init(_ head: HTTPRequestHead) {
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let pairs = parts.count < 2 ? [] : parts[1].split(separator: "&")
        self.init(
            method: head.method.rawValue, path: String(parts[0]),
            query: pairs.map { pair in
                let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (Self.decoded(sides[0]), sides.count > 1 ? Self.decoded(sides[1]) : "")
            },
            headers: Dictionary(
                head.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first }),
            body: [])
    }

    /// Undoes percent-encoding.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
