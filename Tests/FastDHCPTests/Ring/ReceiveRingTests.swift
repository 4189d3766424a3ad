import Addresses
import CFastDHCP
import Glibc
import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("receive ring", .enabled(if: LiveNetwork.isAvailable, "\(LiveNetwork.obstacle ?? "")"))
struct ReceiveRingTests {

    private func openRing(byteCount: Int = 65536) throws -> ReceiveRing {
        try ReceiveRing(
            on: InterfaceIdentity(named: "br0"), geometry: RingGeometry(byteCount: byteCount),
            filter: .dhcpServer)
    }

    @Test("a frame tagged with VLAN 0 is delivered; tags 1, 100 and 4095 are dropped and counted")
    func vlanTags() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            var ring = try openRing()
            try ring.start()
            for (number, tag) in [UInt16(1), 100, 4095, 0].enumerated() {
                try machine.send(TestFrame.request(number: UInt32(number), vlan: tag))
            }
            try machine.send(TestFrame.request(number: 4))
            #expect(try ring.numbers(upTo: 4) == [3, 4])
            #expect(ring.otherHostCount == 3)
        }
    }

    @Test("a ring for all stations takes other stations' frames; a ring for its own station does not")
    func stations() throws {
        try LiveNetwork.inside {
            // The bridge floods a unicast frame for an unknown station to vm0, whose address it is not.
            var ring = try TransmitRing(on: InterfaceIdentity(named: "br0"))
            var promiscuous = try ReceiveRing(on: InterfaceIdentity(named: "vm0"), filter: .dhcpServer, for: .all)
            var plain = try ReceiveRing(on: InterfaceIdentity(named: "vm0"), filter: .dhcpServer)
            try promiscuous.start()
            try plain.start()
            for (number, station) in [MACAddress(2, 9, 0, 0, 0, 9), .broadcast].enumerated() {
                ring.enqueue(
                    TestFrame.request(number: UInt32(number), to: station, chaddr: TestFrame.bridgeAddress))
            }
            ring.flush()
            #expect(try promiscuous.numbers(upTo: 1) == [0, 1])
            #expect(try plain.numbers(upTo: 1) == [1])
            #expect(plain.otherHostCount == 1)
        }
    }

    @Test("one ring receives from several interfaces, and tells them apart")
    func severalInterfaces() throws {
        try LiveNetwork.inside {
            try LiveNetwork.shell(
                "ip link add other0 type veth peer name other1; ip link set other0 up; ip link set other1 up")
            let interfaces = try ["br0", "other0"].map { try InterfaceIdentity(named: $0) }
            var ring = try ReceiveRing(onEachOf: interfaces, filter: .dhcpServer)
            let machine = try VirtualMachine(), other = try VirtualMachine(on: "other1")
            try machine.send(TestFrame.request(number: 1))
            try ring.start()
            try machine.send(TestFrame.request(number: 2))
            try other.send(TestFrame.request(number: 3, to: MACAddress(2, 9, 0, 0, 0, 9)))
            var numbers: [UInt32] = [], indices: [Int32] = []
            var set = PollSet<1>([ring.fileDescriptor])
            while numbers.last != 3, try set.wait(timeoutMilliseconds: 5000) > 0 {
                _ = ring.receive(limit: 16) { frame in
                    numbers.append(TestFrame.number(of: frame.bytes))
                    indices.append(frame.interfaceIndex)
                }
            }
            #expect(numbers == [2, 3])
            #expect(indices == interfaces.map(\.index))
        }
    }

    @Test("our own frames are not received")
    func ownFrames() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            var ring = try openRing()
            try ring.start()
            var transmitRing = try TransmitRing(on: InterfaceIdentity(named: "br0"))
            transmitRing.enqueue(TestFrame.request(number: 1, chaddr: TestFrame.bridgeAddress))
            #expect(transmitRing.flush() == 0)
            #expect(try machine.receive().map(TestFrame.number) == 1)
            try machine.send(TestFrame.request(number: 2))
            #expect(try ring.numbers(upTo: 2) == [2])
            #expect(ring.outgoingCount == 0)
        }
    }

    @Test("frames that arrived before the start are never delivered")
    func startsDrained() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            try machine.send(TestFrame.request(number: 1))
            var ring = try openRing()
            try machine.send(TestFrame.request(number: 2))
            #expect(try PollSet.isReadable(ring.fileDescriptor) == false)
            try ring.start()
            try machine.send(TestFrame.request(number: 3))
            #expect(try ring.numbers(upTo: 3) == [3])
            #expect(try ring.statistics() == RingStatistics(receivedCount: 1, droppedCount: 0))
        }
    }

    @Test("the filter keeps other ports out and lets malformed requests in to be counted")
    func filtering() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            var ring = try openRing()
            try ring.start()
            try machine.send(TestFrame.request(number: 1, port: 68))
            try machine.send(TestFrame.request(number: 2, headerWords: 4))
            try machine.send(TestFrame.request(number: 3, fragment: 0x2000))
            try machine.send(TestFrame.request(number: 4, port: 9, fragment: 0x0020))
            try machine.send(TestFrame.request(number: 5))
            #expect(try ring.numbers(upTo: 5) == [2, 3, 4, 5])
        }
    }

    @Test("a checksum that veth left unfinished is marked so, and a raw frame's is unknown")
    func checksumStates() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            try LiveNetwork.shell("ip address add 10.9.0.2/24 dev vm0")
            var ring = try openRing()
            try ring.start()
            try machine.send(TestFrame.request(number: 1))
            try sendBroadcastDatagram(from: "vm0")
            var states: [UDPChecksumState] = []
            var set = PollSet<1>([ring.fileDescriptor])
            while states.count < 2, try set.wait(timeoutMilliseconds: 5000) > 0 {
                _ = ring.receive(limit: 2) { states.append($0.udpChecksum) }
            }
            #expect(states == [.unknown, .notReady])
        }
    }

    /// Sends 300 bytes with the kernel's own UDP, which leaves the checksum to the device.
    private func sendBroadcastDatagram(from interface: String) throws {
        let socket = try SystemCall.socket(AF_INET, SOCK_DGRAM)
        try SystemCall.setsockopt(socket.rawValue, SOL_SOCKET, SO_BROADCAST, Int32(1))
        try SystemCall.setsockopt(socket.rawValue, SOL_SOCKET, SO_BINDTODEVICE, interface)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(67).bigEndian
        address.sin_addr.s_addr = .max
        let payload = [UInt8](repeating: 0, count: 300)
        try SystemCall.check("sendto") {
            // SAFETY: buffer and address are as long as the call is told.
            unsafe withUnsafeBytes(of: &address) { name in
                unsafe payload.withUnsafeBytes { bytes in
                    unsafe sendto(
                        socket.rawValue, bytes.baseAddress, bytes.count, 0,
                        name.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(name.count))
                }
            }
        }
    }

    @Test("a burst as long as the ring is kept whole and in order, and frames beyond it are counted")
    func burst() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            var ring = try openRing(byteCount: 1 << 20)
            try ring.start()
            for number in 0..<UInt32(600) { try machine.send(TestFrame.request(number: number)) }
            #expect(try ring.collect { $0.count == 512 } == Array(0..<512))
            #expect(try ring.statistics() == RingStatistics(receivedCount: 512, droppedCount: 88))
            #expect(try ring.statistics() == RingStatistics())
        }
    }

    @Test("the ring wraps around many times without losing its place")
    func wraparound() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            var ring = try openRing()
            try ring.start()
            for start in stride(from: UInt32(0), to: 1000, by: 20) {
                for number in start..<start + 20 { try machine.send(TestFrame.request(number: number)) }
                #expect(try ring.collect { $0.count == 20 } == Array(start..<start + 20))
            }
        }
    }

    @Test("at most the given number of frames is taken at once")
    func limit() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            var ring = try openRing()
            try ring.start()
            for number in 0..<UInt32(5) { try machine.send(TestFrame.request(number: number)) }
            #expect(try PollSet.isReadable(ring.fileDescriptor))
            var numbers: [UInt32] = []
            #expect(ring.receive(limit: 2) { numbers.append(TestFrame.number(of: $0.bytes)) } == 2)
            #expect(try PollSet.isReadable(ring.fileDescriptor))
            #expect(numbers == [0, 1])
        }
    }

    @Test("a frame longer than its slot is cut, neither lost nor read past the slot")
    func longFrame() throws {
        try LiveNetwork.inside {
            try LiveNetwork.shell(
                "ip link set vm0 mtu 9000; ip link set port0 mtu 9000; ip link set br0 mtu 9000")
            let machine = try VirtualMachine()
            var ring = try openRing()
            try ring.start()
            try machine.send(TestFrame.request(number: 1, payloadByteCount: 4000))
            try machine.send(TestFrame.request(number: 2))
            var byteCounts: [Int] = []
            var set = PollSet<1>([ring.fileDescriptor])
            while byteCounts.count < 2, try set.wait(timeoutMilliseconds: 5000) > 0 {
                _ = ring.receive(limit: 2) { byteCounts.append($0.bytes.count) }
            }
            #expect(byteCounts == [1982, 342])
        }
    }

    @Test("the ring works again after the interface went down and came up")
    func linkDownAndUp() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            var ring = try openRing()
            try ring.start()
            #expect(try ring.takeEvent() == nil)
            try LiveNetwork.shell("ip link set br0 down")
            var set = PollSet<1>([ring.fileDescriptor])
            try set.wait(timeoutMilliseconds: 5000)
            #expect(set.hasError(0))
            #expect(try ring.takeEvent() == .linkDown)
            #expect(try ring.takeEvent() == nil)
            try LiveNetwork.shell("ip link set br0 up")
            try machine.send(TestFrame.request(number: 7))
            #expect(try ring.numbers(upTo: 7) == [7])
        }
    }

    @Test("a deleted interface is reported, and a ring on the new one of the same name works")
    func interfaceRecreated() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            let before = try InterfaceIdentity(named: "br0")
            var ring = try openRing()
            try ring.start()
            try LiveNetwork.shell("ip link del br0")
            #expect(try ring.takeEvent() == .interfaceGone)
            #expect(throws: InterfaceError.missing("br0")) { try InterfaceIdentity(named: "br0") }
            try LiveNetwork.shell("ip link add br0 type bridge forward_delay 0; ip link set port0 master br0")
            try LiveNetwork.shell("ip link set br0 up")
            #expect(try InterfaceIdentity(named: "br0").index != before.index)
            var newRing = try openRing()
            try newRing.start()
            try machine.send(TestFrame.request(number: 8))
            #expect(try newRing.numbers(upTo: 8) == [8])
        }
    }

    @Test("an interface that is down can be opened and serves once it is up")
    func opensWhileDown() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            try LiveNetwork.shell("ip link set br0 down")
            var ring = try openRing()
            try ring.start()
            try LiveNetwork.shell("ip link set br0 up")
            try machine.send(TestFrame.request(number: 9))
            #expect(try ring.numbers(upTo: 9) == [9])
        }
    }
}

extension PollSet where count == 1 {
    /// Whether `descriptor` is readable now.
    static func isReadable(_ descriptor: Int32) throws -> Bool {
        var set = PollSet<1>([descriptor])
        try set.wait(timeoutMilliseconds: 0)
        return set.isReadable(0)
    }
}

extension TransmitRing {
    /// Enqueues a complete frame.
    @discardableResult
    mutating func enqueue(_ frame: [UInt8]) -> Bool {
        enqueue { bytes in
            for index in frame.indices { bytes[index] = frame[index] }
            return frame.count
        }
    }
}
