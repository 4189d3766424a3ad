import FoundationEssentials
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Node

/// Sends HTTP requests to the daemon of this host over its control socket.
struct ControlClient: Sendable {
    let socket: String

    enum Method: String { case get, put, post, delete }

    private typealias Channel = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    /// Sends a request and passes the response body to `take`, piece by piece.
    /// - Returns: the HTTP status.
    /// - Throws: when nothing listens on the socket.
    func send(
        _ method: Method, _ path: String, body: JSON? = nil, _ take: ([UInt8]) throws -> Void
    ) async throws -> Int {
        let channel = try await connect()
        return try await channel.executeThenClose { inbound, outbound in
            let bytes = ByteBuffer(string: body?.compactText ?? "")
            var head = HTTPRequestHead(
                version: .http1_1, method: HTTPMethod(rawValue: method.rawValue.uppercased()), uri: path)
            head.headers = [
                "Host": "localhost", "Connection": "close", "Content-Length": "\(bytes.readableBytes)",
            ]
            try await outbound.write(.head(head))
            if bytes.readableBytes > 0 { try await outbound.write(.body(.byteBuffer(bytes))) }
            try await outbound.write(.end(nil))
            var status = 0
            for try await part in inbound {
                switch part {
                case .head(let head): status = Int(head.status.code)
                case .body(let piece): try take(Array(piece.readableBytesView))
                case .end: return status
                }
            }
            return status
        }
    }

    /// Sends a request whose response is one JSON document. An empty body becomes null.
    /// - Throws: the daemon's error message when the status is not 2xx.
    func send(_ method: Method, _ path: String, body: JSON? = nil) async throws -> JSON {
        var bytes: [UInt8] = []
        let status = try await send(method, path, body: body) { bytes += $0 }
        let json = bytes.isEmpty ? .null : try JSON(parsing: bytes)
        guard (200..<300).contains(status) else {
            guard case .string(let problem) = json["error"] else {
                throw OperatorError("the daemon answered \(status)")
            }
            throw OperatorError(problem)
        }
        return json
    }

    private func connect() async throws -> Channel {
        do {
            return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(unixDomainSocketPath: socket) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        return try Channel(wrappingChannelSynchronously: channel)
                    }
                }
        } catch let error as IOError where [EACCES, EPERM].contains(error.errnoCode) {
            throw OperatorError("\(socket) is for its owner alone; run this as root, or as the daemon's user")
        } catch {
            throw OperatorError(
                "no daemon answers at \(socket); start it, for example with \"systemctl start cocoon-net\", or name its "
                    + "socket with --control-socket")
        }
    }
}
