import LinuxSystem
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import SystemPackage

/// Serves HTTP/1.1 at one address. Limits the number of connections, their time and the bytes that they send.
struct HTTPListener {
    enum Address {
        case unixSocket(path: String)
        case tcp(host: String, port: Int)
    }

    typealias Socket = NIOAsyncChannel<HTTPConnection.Channel, Never>

    let address: Address
    let routes: Routes
    /// Whether a client at that address may connect.
    var admits: @Sendable (SocketAddress?) -> Bool = { _ in true }

    /// One thread for all listeners: there is little to do, and each thread needs three descriptors.
    private static let threads = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Serves until a graceful shutdown, or until the socket is closed.
    func serve(_ socket: Socket) async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                try await socket.executeThenClose { accepted in
                    for try await channel in accepted {
                        group.addTask { [routes] in await HTTPConnection(channel: channel, routes: routes).run() }
                    }
                }
            }
        } onGracefulShutdown: {
            socket.channel.close(promise: nil)
        }
    }

    /// Makes the socket, so that clients can connect.
    func listen() async throws(SystemError) -> Socket {
        do {
            return try await bind()
        } catch let error as IOError {
            throw SystemError(operation: "listen", code: Errno(rawValue: error.errnoCode))
        } catch {
            throw SystemError(operation: "listen", code: .addressNotAvailable)
        }
    }

    private func bind() async throws -> Socket {
        let connections = Connections()
        let bootstrap = ServerBootstrap(group: Self.threads)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Accept connections one by one, so that the limit is checked between any two.
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ConnectionGate(connections))
                }
            }
            // A client may close its sending side after the request and still wait for the answer.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
        switch address {
        case .unixSocket(let path):
            return try await bootstrap.bind(unixDomainSocketPath: path) { prepare($0, connections) }
        case .tcp(let host, let port):
            return try await bootstrap.bind(host: host, port: port) { prepare($0, connections) }
        }
    }

    private func prepare(
        _ channel: any Channel, _ connections: Connections
    ) -> EventLoopFuture<HTTPConnection.Channel> {
        channel.eventLoop.makeCompletedFuture {
            if !admits(channel.remoteAddress) { channel.close(promise: nil) }
            try channel.pipeline.syncOperations.configureHTTPServerPipeline()
            try channel.pipeline.syncOperations.addHandler(ConnectionHandler(connections))
            return try HTTPConnection.Channel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }
}
