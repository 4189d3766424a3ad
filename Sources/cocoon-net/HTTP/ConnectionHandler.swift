import NIOCore
import NIOHTTP1

/// Closes a connection that takes too long, or sends too much, and tells `Connections` whether it is idle.
///
/// From its start, and later from the first byte of a request, a client has 5 s for the request's head; from there 30 s until
/// it has sent the rest and taken the answer; and 30 s until it begins the next request. An answer without an end, such as
/// the stream of events, has no time limit.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// A channel's outbound event: the answer to the present request has no end.
    struct AnswerIsStream: Sendable {}

    private static let headTime = TimeAmount.seconds(5)
    private static let exchangeTime = TimeAmount.seconds(30)
    private static let idleTime = TimeAmount.seconds(30)
    /// Bodies that no endpoint reads are read and thrown away up to here. The limit of those that are read is much lower.
    private static let bodyByteLimit = 1 << 20

    private let connections: Connections
    /// Requests whose head was read and whose answer is not sent yet.
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
            // The rest of a request that was answered before all of it was there leaves the connection idle.
            if requestCount > 0 { connections.stoppedIdling(context.channel) }
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Bytes came, and no head was among them.
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

    /// The client has taken a whole answer.
    private func answered(_ context: ChannelHandlerContext) {
        // What could not be parsed is answered too, without having been a request.
        requestCount = max(requestCount - 1, 0)
        guard requestCount == 0 else {
            allow(Self.exchangeTime, context)
            return
        }
        isReadingHead = false
        allow(Self.idleTime, context)
        connections.becameIdle(context.channel)
    }

    /// Closes the connection after that time, in place of the one that was allowed before.
    private func allow(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        timeout?.cancel()
        timeout = context.eventLoop.assumeIsolated().scheduleTask(in: time) { context.close(promise: nil) }
    }
}
