import Addresses
import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("transmit ring", .enabled(if: LiveNetwork.isAvailable, "\(LiveNetwork.obstacle ?? "")"))
struct TransmitRingTests {
    /// 32 slots.
    private func openRing() throws -> TransmitRing {
        try TransmitRing(on: InterfaceIdentity(named: "br0"), geometry: RingGeometry(byteCount: 65536))
    }

    private func frame(_ number: UInt32, payloadByteCount: Int = 300) -> [UInt8] {
        TestFrame.request(number: number, chaddr: TestFrame.bridgeAddress, payloadByteCount: payloadByteCount)
    }

    @Test("frames leave in order, unchanged, while the ring wraps around many times")
    func orderAndWraparound() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            var ring = try openRing()
            for start in stride(from: UInt32(0), to: 500, by: 20) {
                for number in start..<start + 20 { #expect(ring.enqueue(frame(number)) == true) }
                #expect(ring.flush() == 0)
                for number in start..<start + 20 { #expect(try machine.receive() == frame(number)) }
            }
            #expect(ring.counters.sentCount == 500)
        }
    }

    @Test("a full ring refuses a frame, counts it, and takes frames again after a flush")
    func full() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            var ring = try openRing()
            for number in 0..<UInt32(32) { #expect(ring.enqueue(frame(number)) == true) }
            #expect(ring.enqueue(frame(32)) == false)
            #expect(ring.counters.fullCount == 1)
            #expect(ring.flush() == 0)
            #expect(ring.enqueue(frame(33)) == true)
            #expect(ring.flush() == 0)
            let numbers = try (0..<33).map { _ in try machine.receive().map(TestFrame.number) }
            #expect(numbers == Array(0..<32) + [33])
        }
    }

    @Test("a frame of no bytes is not sent and takes no slot")
    func abandoned() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            var ring = try openRing()
            for _ in 0..<100 { #expect(ring.enqueue { _ in 0 } == true) }
            #expect(ring.unsentCount == 0)
            ring.enqueue(frame(1))
            #expect(ring.flush() == 0)
            #expect(try machine.receive().map(TestFrame.number) == 1)
        }
    }

    @Test("frames leave by the interface that they were directed to, in order")
    func directed() throws {
        try LiveNetwork.inside {
            try LiveNetwork.shell(
                "ip link add other0 type veth peer name other1; ip link set other0 up; ip link set other1 up")
            let machine = try VirtualMachine(), other = try VirtualMachine(on: "other1")
            let bridge = try InterfaceIdentity(named: "br0").index
            let second = try InterfaceIdentity(named: "other0").index
            var ring = try openRing()
            for number in 0..<UInt32(40) {
                #expect(ring.direct(to: number % 4 < 2 ? bridge : second) == true)
                ring.enqueue(frame(number))
            }
            #expect(ring.flush() == 0)
            let numbers = try (0..<20).map { _ in try machine.receive().map(TestFrame.number) }
            #expect(numbers == (0..<40).filter { $0 % 4 < 2 })
            let others = try (0..<20).map { _ in try other.receive().map(TestFrame.number) }
            #expect(others == (0..<40).filter { $0 % 4 >= 2 })
        }
    }

    @Test("nothing leaves before a flush")
    func waitsForFlush() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            var ring = try openRing()
            var other = try openRing()
            ring.enqueue(frame(1))
            other.enqueue(frame(2))
            other.flush()
            ring.flush()
            #expect(try machine.receive().map(TestFrame.number) == 2)
            #expect(try machine.receive().map(TestFrame.number) == 1)
        }
    }

    @Test("the ring's socket receives nothing")
    func receivesNothing() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            let ring = try openRing()
            var witness = try ReceiveRing(
                on: InterfaceIdentity(named: "br0"),
                filter: .dhcpServer)
            try witness.start()
            try machine.send(TestFrame.request(number: 1))
            #expect(try witness.numbers(upTo: 1) == [1])
            #expect(try PollSet.isReadable(ring.socket.fileDescriptor) == false)
        }
    }

    @Test("a frame may be as long as the MTU allows, and no longer")
    func longestFrame() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            var ring = try openRing()
            #expect(ring.frameByteLimit == 1514)
            let longest = frame(1, payloadByteCount: 1472)
            ring.enqueue(longest)
            #expect(ring.flush() == 0)
            #expect(try machine.receive() == longest)
        }
    }

    @Test("when the MTU has shrunk, frames too long are refused and those behind them still leave")
    func shrunkenMTU() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            var ring = try openRing()
            try LiveNetwork.shell("ip link set br0 mtu 600")
            ring.enqueue(frame(1))
            ring.enqueue(frame(2, payloadByteCount: 1000))
            ring.enqueue(frame(3))
            #expect(ring.flush() == 0)
            #expect(ring.counters.refusedCount == 1)
            #expect(try machine.receive().map(TestFrame.number) == 1)
            #expect(try machine.receive().map(TestFrame.number) == 3)
        }
    }

    @Test("frames for an interface that is down are discarded, and frames leave again once it is up")
    func linkDownAndUp() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            var ring = try openRing()
            ring.enqueue(frame(0))
            ring.flush()
            try LiveNetwork.shell("ip link set br0 down")
            for number in 1...UInt32(40) {
                ring.enqueue(frame(number))
                #expect(ring.flush() == 0)
            }
            #expect(ring.counters.discardedCount == 40)
            try LiveNetwork.shell("ip link set br0 up")
            for number in 41...UInt32(80) {
                ring.enqueue(frame(number))
                #expect(ring.flush() == 0)
            }
            let numbers = try (0..<41).map { _ in try machine.receive().map(TestFrame.number) }
            #expect(numbers == [0] + Array(41...80))
        }
    }

    @Test("frames for an interface that is gone are discarded")
    func interfaceGone() throws {
        try LiveNetwork.inside {
            var ring = try openRing()
            try LiveNetwork.shell("ip link del br0")
            for number in 0..<UInt32(100) {
                ring.enqueue(frame(number))
                #expect(ring.flush() == 0)
            }
            #expect(ring.counters.discardedCount == 100)
        }
    }

    @Test("frames that a queue holds keep their slots, and the ring works again when they have left")
    func holdingQueue() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            var ring = try openRing()
            // A token bucket that lets the first frame through and holds the rest for minutes.
            try LiveNetwork.shell("tc qdisc add dev port0 root tbf rate 1kbit burst 400 limit 100000")
            for number in 0..<UInt32(33) {
                ring.enqueue(frame(number))
                #expect(ring.flush() == 0)
            }
            #expect(ring.enqueue(frame(33)) == false)
            #expect(ring.counters.fullCount == 1)
            try LiveNetwork.shell("tc qdisc del dev port0 root")
            ring.enqueue(frame(34))
            #expect(ring.flush() == 0)
            #expect(try machine.receive().map(TestFrame.number) == 0)
            #expect(try machine.receive().map(TestFrame.number) == 34)
        }
    }

    @Test("frames that a queue keeps refusing are given up after a while, and the ring works on")
    func refusingQueue() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            var ring = try openRing()
            // A token bucket whose burst is smaller than any frame drops each one.
            try LiveNetwork.shell("tc qdisc add dev br0 root tbf rate 8kbit burst 100 limit 10000")
            ring.enqueue(frame(1))
            ring.enqueue(frame(2))
            var kickCount = 0
            repeat { kickCount += 1 } while ring.flush() > 0 && kickCount < 1000
            #expect(kickCount == TransmitRing.patience)
            #expect(ring.counters.discardedCount == 2)
            try LiveNetwork.shell("tc qdisc del dev br0 root")
            ring.enqueue(frame(3))
            #expect(ring.flush() == 0)
            #expect(try machine.receive().map(TestFrame.number) == 3)
        }
    }
}
