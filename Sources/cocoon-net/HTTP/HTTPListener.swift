import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle

/// Serves HTTP/1.1 at one address, with limits on connections, on their time and on what they send.
struct HTTPListener {
    enum Address {
        case unixSocket(path: String)
        case tcp(host: String, port: Int)
    }

    let address: Address
    let routes: Routes
    /// Called once, when clients can connect.
    let onListening: @Sendable () -> Void

    /// One thread for all listeners: there is little to do, and each thread has three descriptors.
    private static let threads = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Serves until a graceful shutdown.
    /// - Throws: when it cannot listen there.
    func run() async throws {
        let listener = try await listen()
        onListening()
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                try await listener.executeThenClose { accepted in
                    for try await channel in accepted {
                        group.addTask { [routes] in await HTTPConnection(channel: channel, routes: routes).run() }
                    }
                }
            }
        } onGracefulShutdown: {
            listener.channel.close(promise: nil)
        }
    }

    private func listen() async throws -> NIOAsyncChannel<HTTPConnection.Channel, Never> {
        let connections = Connections()
        let bootstrap = ServerBootstrap(group: Self.threads)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Connections are accepted one by one, so that the limit is looked at between any two.
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ConnectionGate(connections))
                }
            }
            // A client may end its side after the request, and still waits for the answer.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
        switch address {
        case .unixSocket(let path):
            return try await bootstrap.bind(unixDomainSocketPath: path) { Self.prepare($0, connections) }
        case .tcp(let host, let port):
            return try await bootstrap.bind(host: host, port: port) { Self.prepare($0, connections) }
        }
    }

    private static func prepare(
        _ channel: any Channel, _ connections: Connections
    ) -> EventLoopFuture<HTTPConnection.Channel> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.configureHTTPServerPipeline()
            try channel.pipeline.syncOperations.addHandler(ConnectionHandler(connections))
            return try HTTPConnection.Channel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }
}
