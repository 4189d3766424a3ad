import NIOCore

/// Lets a listening socket accept the next connection only while there is room for it.
final class ConnectionGate: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = Never

    private let connections: Connections
    /// Whether an accept is postponed because there was no room.
    private var isWaiting = false

    init(_ connections: Connections) { self.connections = connections }

    func read(context: ChannelHandlerContext) {
        isWaiting = !connections.hasRoom
        if !isWaiting { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connections.opened()
        unwrapInboundIn(data).closeFuture.hop(to: context.eventLoop).assumeIsolated().whenComplete { _ in
            self.connections.closed()
            if self.isWaiting { self.read(context: context) }
        }
        context.fireChannelRead(data)
    }
}
