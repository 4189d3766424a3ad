import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix

/// Serves HTTP/1.1 at one address, with limits on connections, on their time and on what they send.
struct HTTPListener {
    let address: BindAddress
    let routes: Routes
    let log: Logger
    /// Called once, when clients can connect.
    let onListening: @Sendable () -> Void

    /// One thread for all listeners: there is little to do, and each thread has three descriptors.
    private static let threads = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Serves until a graceful shutdown.
    /// - Throws: when it cannot listen there.
    func run() async throws {
        let connections = Connections()
        var quiet = log
        quiet.logLevel = max(log.logLevel, .warning)
        let application = Application(
            responder: routes,
            server: .http1(configuration: .init(additionalChannelHandlers: [ConnectionHandler(connections)])),
            configuration: .init(address: address, availableConnectionsDelegate: connections),
            onServerRunning: { [onListening] channel in
                // Connections are accepted one by one, so that the limit is looked at between any two.
                _ = try? await channel.setOption(.maxMessagesPerRead, value: 1).get()
                onListening()
            },
            eventLoopGroupProvider: .shared(Self.threads), logger: quiet)
        try await application.run()
    }
}
