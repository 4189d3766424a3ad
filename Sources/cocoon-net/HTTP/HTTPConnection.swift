import FoundationEssentials
import NIOCore
import NIOHTTP1
import Node
import ServiceLifecycle

/// One client's connection. Its requests are answered one after the other.
struct HTTPConnection {
    typealias Channel = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

    let channel: Channel
    let routes: Routes

    /// Serves until the client or the daemon ends the connection. Errors are ignored: a broken connection affects only its
    /// client.
    func run() async {
        try? await channel.executeThenClose { parts, answers in
            var partial: Request?
            for try await part in parts.cancelOnGracefulShutdown() {
                switch part {
                case .head(let head): partial = Request(head)
                case .body(let bytes): partial?.append(bytes)
                case .end:
                    guard let request = partial.take() else { return }
                    let response = await routes.respond(to: request, on: channel.channel)
                    try await send(response, to: request, answers)
                    guard request.isKeepAlive else { return }
                }
            }
        }
    }

    private func send(
        _ response: Response, to request: Request, _ answers: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) async throws {
        var head = HTTPResponseHead(version: request.version, status: response.status, headers: response.headers)
        // An origin server with a clock must send Date (RFC 9110 section 6.6.1).
        head.headers.add(name: "Date", value: HTTPDate.text(.now))
        if !request.isKeepAlive { head.headers.add(name: "Connection", value: "close") }
        if case .bytes(let bytes) = response.body, response.status.mayHaveResponseBody {
            head.headers.add(name: "Content-Length", value: "\(bytes.count)")
        }
        switch response.body {
        case .bytes(let bytes):
            let body = request.method == .HEAD || bytes.isEmpty ? nil : ByteBuffer(bytes: bytes)
            try await send(head, body)
        case .lines(let lines):
            try await channel.channel.triggerUserOutboundEvent(ConnectionHandler.AnswerIsStream())
            try await answers.write(.head(head))
            for await line in lines.cancelOnGracefulShutdown() {
                try await answers.write(.body(.byteBuffer(ByteBuffer(string: line))))
            }
            try await answers.write(.end(nil))
        }
    }

    /// Writes an answer in one piece: otherwise a client could see part of it before the connection counts as idle. Waits
    /// until the kernel has all of it, since closing the connection discards the rest.
    private func send(_ head: HTTPResponseHead, _ body: ByteBuffer?) async throws {
        let channel = channel.channel
        try await channel.eventLoop.flatSubmit {
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            if let body { channel.write(HTTPServerResponsePart.body(.byteBuffer(body)), promise: nil) }
            return channel.writeAndFlush(HTTPServerResponsePart.end(nil))
        }.get()
    }
}
