import Addresses
import Glibc
import LinuxSystem
import Testing

@testable import FastDHCP

@Suite("fanout")
struct FanoutTests {
    @Test("a client's worker is the remainder of the low 32 bits of chaddr")
    func formula() {
        #expect(Fanout.member(for: MACAddress(0xFF, 0xFF, 0, 0, 0, 5), of: 3) == 2)
        #expect(Fanout.member(for: MACAddress(0, 0, 0xFF, 0xFF, 0xFF, 0xFF), of: 2) == 1)
        #expect(Fanout.member(for: .zero, of: 1) == 0)
    }

    @Test("a group has 1 to 256 members")
    func memberCount() async {
        await #expect(processExitsWith: .failure) { _ = FanoutGroup(memberCount: 0) }
        await #expect(processExitsWith: .failure) { _ = FanoutGroup(memberCount: 257) }
    }
}

@Suite("fanout, live", .enabled(if: LiveNetwork.isAvailable, "\(LiveNetwork.obstacle ?? "")"))
struct FanoutLiveTests {
    /// A thousand addresses, some of them one after the other as a cloud gives them out, some at random.
    private static let addresses: [MACAddress] = {
        var state: UInt64 = 42
        let scattered = (0..<500).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return MACAddress(rawValue: state >> 16 & 0xFEFF_FFFF_FFFF)
        }
        return scattered + (0..<500).map { MACAddress(rawValue: 0x0216_3E00_0000 + UInt64($0)) }
    }()

    @Test("the kernel assigns a thousand clients to two workers as the formula says")
    func twoWorkers() throws {
        try LiveNetwork.inside {
            var group = FanoutGroup(memberCount: 2)
            var first = try openRing(&group)
            var second = try openRing(&group)
            try first.start()
            try second.start()
            let machine = try VirtualMachine()
            try sendAll(from: machine)
            #expect(try first.collectAll(of: 2, as: 0) == Self.numbers(of: 2, as: 0))
            #expect(try second.collectAll(of: 2, as: 1) == Self.numbers(of: 2, as: 1))
        }
    }

    @Test("the kernel assigns a thousand clients to three workers, also after the link was down")
    func threeWorkers() throws {
        try LiveNetwork.inside {
            var group = FanoutGroup(memberCount: 3)
            var first = try openRing(&group)
            var second = try openRing(&group)
            var third = try openRing(&group)
            try first.start()
            try second.start()
            try third.start()
            let machine = try VirtualMachine()
            for round in 0..<2 {
                try sendAll(from: machine)
                #expect(try first.collectAll(of: 3, as: 0) == Self.numbers(of: 3, as: 0), "round \(round)")
                #expect(try second.collectAll(of: 3, as: 1) == Self.numbers(of: 3, as: 1), "round \(round)")
                #expect(try third.collectAll(of: 3, as: 2) == Self.numbers(of: 3, as: 2), "round \(round)")
                try LiveNetwork.shell("ip link set br0 down; ip link set br0 up")
                for event in try [first.takeEvent(), second.takeEvent(), third.takeEvent()] {
                    #expect(event == .linkDown)
                }
            }
        }
    }

    @Test("two groups in one network do not mix")
    func twoGroups() throws {
        try LiveNetwork.inside {
            var groups = [FanoutGroup(memberCount: 2), FanoutGroup(memberCount: 2)]
            var first = try openRing(&groups[0])
            let firstsPeer = try openRing(&groups[0])
            var second = try openRing(&groups[1])
            let secondsPeer = try openRing(&groups[1])
            try first.start()
            try second.start()
            try VirtualMachine().send(TestFrame.request(number: 1, chaddr: MACAddress(2, 0, 0, 0, 0, 4)))
            #expect(try first.numbers(upTo: 1) == [1])
            #expect(try second.numbers(upTo: 1) == [1])
            _ = consume firstsPeer
            _ = consume secondsPeer
        }
    }

    @Test("several workers can be opened on an interface that is down, or the error says so")
    func linkDown() throws {
        try LiveNetwork.inside {
            try LiveNetwork.shell("ip link set br0 down")
            var group = FanoutGroup(memberCount: 2)
            do {
                var first = try openRing(&group)
                let second = try openRing(&group)
                try first.start()
                try LiveNetwork.shell("ip link set br0 up")
                try VirtualMachine().send(TestFrame.request(number: 1, chaddr: MACAddress(2, 0, 0, 0, 0, 4)))
                #expect(try first.numbers(upTo: 1) == [1])
                _ = consume second
            } catch let error as SystemError {
                // Linux before 6.13.
                #expect(error.description.contains("is down"), "\(error)")
            }
        }
    }

    private func openRing(_ group: inout FanoutGroup) throws -> ReceiveRing {
        try ReceiveRing(
            on: InterfaceIdentity(named: "br0"), geometry: RingGeometry(byteCount: 2 << 20),
            filter: .dhcpServer, joining: &group)
    }

    private func sendAll(from machine: borrowing VirtualMachine) throws {
        for (number, address) in Self.addresses.enumerated() {
            try machine.send(TestFrame.request(number: UInt32(number), chaddr: address))
        }
    }

    fileprivate static func numbers(of memberCount: Int, as member: Int) -> [UInt32] {
        addresses.indices.filter { Fanout.member(for: addresses[$0], of: memberCount) == member }.map(
            UInt32.init)
    }
}

extension ReceiveRing {
    /// Takes as many frames as this member must get.
    fileprivate mutating func collectAll(of memberCount: Int, as member: Int) throws -> [UInt32] {
        let dueCount = FanoutLiveTests.numbers(of: memberCount, as: member).count
        return try collect { $0.count == dueCount }
    }
}
