import Addresses
import FastDHCP
import LinuxSystem

/// The loop of the reflector's thread.
struct ReflectorLoop: ~Copyable, Sendable {
    private var receiveRing: ReceiveRing
    private var handler: ReflectorHandler

    private static let batchSize = 64
    private static let sleepMilliseconds: Int32 = 50

    init(on interface: InterfaceIdentity) throws(StormError) {
        do throws(SystemError) {
            var receiveRing = try ReceiveRing(on: interface, filter: .dhcpServer)
            let handler = ReflectorHandler(ring: try TransmitRing(on: interface), interface: interface.address)
            try receiveRing.start()
            self.receiveRing = receiveRing
            self.handler = handler
        } catch {
            throw .system(error)
        }
    }

    mutating func run(until stopping: StopFlag) {
        var polled = PollSet<1>([receiveRing.fileDescriptor])
        while !stopping.isSet {
            // Frames that could not leave yet come first, so that there is room for a batch of answers.
            guard handler.flush() == 0 else { continue }
            guard Self.serve(&receiveRing, &handler) == 0 else { continue }
            // `wait` fails only if the kernel has no memory for it. The next round then tries again.
            _ = try? polled.wait(timeoutMilliseconds: Self.sleepMilliseconds)
        }
    }

    @inline(__always)
    private static func serve(_ ring: inout ReceiveRing, _ handler: inout ReflectorHandler) -> Int {
        ring.receive(limit: batchSize) { frame in handler.answer(frame) }
    }
}

/// Turns a request into its reply, which is written directly into the transmit ring.
struct ReflectorHandler: ~Copyable, Sendable {
    private var ring: TransmitRing
    private var reply = Reply()
    private var writer: ReplyWriter
    private let options: ConfiguredOptions
    private let interface: MACAddress

    init(ring: consuming TransmitRing, interface: MACAddress) {
        self.ring = ring
        self.interface = interface
        let server = ServerIdentity(address: IPv4Address(10, 255, 255, 254), macAddress: interface)
        guard let options = try? ConfiguredOptions([(.subnetMask, [255, 0, 0, 0]), (.router, [10, 255, 255, 254])])
        else {
            preconditionFailure("the reflector's options are valid")
        }
        self.options = options
        writer = ReplyWriter(server: server, options: options)
    }

    /// Sends the written frames, and returns how many could not leave yet.
    mutating func flush() -> Int { ring.flush() }

    @inline(__always)
    mutating func answer(_ frame: borrowing ReceivedFrame) {
        switch MessageView.parse(
            frame.bytes, as: .request, udpChecksum: frame.udpChecksum, interface: interface)
        {
        case .dropped: return
        case .message(let message):
            guard prepare(answering: message) else { return }
            Self.write(&reply, to: &ring, with: &writer)
        }
    }

    /// Prepares ``reply`` as the answer; returns false if the message gets no answer.
    @inline(__always)
    private mutating func prepare(answering message: borrowing MessageView) -> Bool {
        reply.prepare(answering: message, configured: options)
        switch message.messageType {
        case .discover: reply.messageType = message.hasRapidCommit ? .ack : .offer
        case .request: reply.messageType = .ack
        default: return false
        }
        reply.hasRapidCommit = message.messageType == .discover && message.hasRapidCommit
        reply.yiaddr = Reflector.address(for: message.chaddr)
        reply.ciaddr = message.ciaddr
        setDestination(answering: message)
        reply.leaseSeconds = 86_400
        return true
    }

    /// Addresses the reply as the server does (RFC 2131 section 4.1), for clients without an address and for a load
    /// generator that plays a relay.
    @inline(__always)
    private mutating func setDestination(answering message: borrowing MessageView) {
        guard message.giaddr == .unspecified else {
            reply.ethernetDestination = message.ethernetSource
            reply.destinationAddress = message.giaddr
            reply.destinationPort = 67
            return
        }
        reply.ethernetDestination = message.chaddr
        reply.destinationAddress = message.isBroadcastFlagSet ? .broadcast : reply.yiaddr
        reply.destinationPort = message.sourcePort
    }

    @inline(__always)
    private static func write(_ reply: inout Reply, to ring: inout TransmitRing, with writer: inout ReplyWriter) {
        ring.enqueue { frame in writer.write(&reply, into: &frame) }
    }
}
