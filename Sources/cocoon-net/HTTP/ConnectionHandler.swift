import NIOCore
import NIOHTTP1

/// Closes a connection that takes too long or sends too much. Reports to `Connections` whether the connection is idle.
///
/// A client has 5 s to send the head of a request, counted from the start of the connection or, later, from the first byte of
/// the request. It then has 30 s to send the rest and receive the answer, and another 30 s to begin the next request. An
/// endless answer, such as the stream of events, has no time limit.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// An outbound event of the channel: the answer to the present request is an endless stream.
    struct AnswerIsStream: Sendable {}

    private static let headTime = TimeAmount.seconds(5)
    private static let exchangeTime = TimeAmount.seconds(30)
    private static let idleTime = TimeAmount.seconds(30)
    /// A connection that sends a longer body is closed. Up to this limit, a body that no endpoint reads is received and
    /// discarded. Bodies that an endpoint reads have a much lower limit (`Request.bodyByteLimit`).
    private static let bodyByteLimit = 1 << 20

    private let connections: Connections
    /// The number of requests whose head was read but whose answer is not yet sent.
    private var requestCount = 0
    private var bodyByteCount = 0
    private var isReadingHead = true
    private var timeout: Scheduled<Void>?

    init(_ connections: Connections) { self.connections = connections }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end(context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            isReadingHead = false
            requestCount += 1
            bodyByteCount = 0
            allow(Self.exchangeTime, context)
        case .body(let bytes):
            bodyByteCount += bytes.readableBytes
            guard bodyByteCount <= Self.bodyByteLimit else {
                context.close(promise: nil)
                return
            }
        case .end:
            // If the answer was sent before the request was complete, the connection is idle already and stays idle.
            if requestCount > 0 { connections.stoppedIdling(context.channel) }
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Bytes of the next request came, but not its whole head.
        if requestCount == 0 && !isReadingHead {
            isReadingHead = true
            allow(Self.headTime, context)
        }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else {
            context.write(data, promise: promise)
            return
        }
        let sent = promise ?? context.eventLoop.makePromise()
        sent.futureResult.assumeIsolated().whenSuccess { self.answered(context) }
        context.write(data, promise: sent)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is AnswerIsStream else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        timeout?.cancel()
        promise?.succeed()
    }

    private func begin(_ context: ChannelHandlerContext) {
        allow(Self.headTime, context)
        connections.becameIdle(context.channel)
    }

    private func end(_ context: ChannelHandlerContext) {
        timeout?.cancel()
        connections.stoppedIdling(context.channel)
    }

    /// Called when a whole answer was sent.
    private func answered(_ context: ChannelHandlerContext) {
        // An unparsable request is answered too, but was never counted.
        requestCount = max(requestCount - 1, 0)
        guard requestCount == 0 else {
            allow(Self.exchangeTime, context)
            return
        }
        isReadingHead = false
        allow(Self.idleTime, context)
        connections.becameIdle(context.channel)
    }

    /// Closes the connection after the given time. Replaces the previous timeout.
    private func allow(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        timeout?.cancel()
        timeout = context.eventLoop.assumeIsolated().scheduleTask(in: time) { context.close(promise: nil) }
    }
}
