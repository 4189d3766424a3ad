import Addresses
import Benchmark
import FastDHCP
import Workload

/// A client's frame, and a reply and a writer to answer it.
private struct Codec: ~Copyable {
    let frames = Frames(.discover, clientCount: 1)
    let options: ConfiguredOptions
    var writer: ReplyWriter
    var reply = Reply()
    var room = [UInt8](repeating: 0, count: ReplyWriter.frameByteCapacity)

    init() throws {
        options = try MemoryWorker.options()
        let server = ServerIdentity(address: MemoryWorker.address, macAddress: MACAddress(2, 0xFF, 0, 0, 0, 1))
        writer = ReplyWriter(server: server, options: options)
    }

    /// A codec with a reply that is ready to write.
    static func prepared() throws -> Codec {
        var codec = try Codec()
        codec.prepare()
        return codec
    }

    func parse() -> UInt32 { MemoryWorker.parse(frames[0]).xid }

    mutating func prepare() {
        Self.prepare(&reply, answering: frames, options)
        reply.yiaddr = Frames.address(of: 0)
        reply.leaseSeconds = 86_400
        reply.renewalSeconds = 43_200
        reply.rebindingSeconds = 75_600
    }

    private static func prepare(
        _ reply: inout Reply, answering frames: borrowing Frames, _ options: borrowing ConfiguredOptions
    ) {
        reply.prepare(answering: MemoryWorker.parse(frames[0]), configured: options)
    }

    mutating func write() -> Int { Self.write(&reply, with: &writer, to: &room) }

    private static func write(_ reply: inout Reply, with writer: inout ReplyWriter, to room: inout [UInt8]) -> Int {
        var frame = room.mutableSpan
        return writer.write(&reply, into: &frame)
    }
}

func registerWireBenchmarks() {
    Benchmark("wire: parse a DISCOVER", configuration: .perMessage) { benchmark, codec in
        for _ in benchmark.scaledIterations { blackHole(codec.value.parse()) }
    } setup: {
        Box(try Codec())
    }

    Benchmark("wire: write a reply", configuration: .perMessage) { benchmark, codec in
        for _ in benchmark.scaledIterations { blackHole(codec.value.write()) }
    } setup: {
        Box(try Codec.prepared())
    }

    Benchmark("wire: parse, prepare and write", configuration: .perMessage) { benchmark, codec in
        for _ in benchmark.scaledIterations {
            codec.value.prepare()
            blackHole(codec.value.write())
        }
    } setup: {
        Box(try Codec())
    }
}
