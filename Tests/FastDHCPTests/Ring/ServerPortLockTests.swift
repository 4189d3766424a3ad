import Addresses
import Glibc
import LinuxSystem
import SystemPackage
import Testing

@testable import FastDHCP

@Suite("port owner", .enabled(if: LiveNetwork.isAvailable, "\(LiveNetwork.obstacle ?? "")"))
struct ServerPortLockTests {
    @Test("when another server has the port, the error names that server")
    func taken() throws {
        try LiveNetwork.inside {
            let interface = try InterfaceIdentity(named: "br0")
            let other = try ServerPortLock(on: interface)
            do {
                _ = try ServerPortLock(on: interface)
                Issue.record("the port was held twice")
            } catch ServerPortLockError.taken(let taken) {
                #expect(taken.interface == "br0")
                #expect(taken.port == 67)
                #expect(taken.owners.contains { $0.hasSuffix("(pid \(getpid()))") }, "\(taken.owners)")
                #expect(
                    ServerPortLockError.taken(taken).description.contains(
                        "another DHCP server holds UDP port 67 on br0"))
            }
            _ = consume other
        }
    }

    @Test("a server on another interface is no obstacle")
    func otherInterface() throws {
        try LiveNetwork.inside {
            let other = try ServerPortLock(on: InterfaceIdentity(named: "vm0"))
            let ours = try ServerPortLock(on: InterfaceIdentity(named: "br0"))
            _ = consume other
            _ = consume ours
        }
    }

    @Test("a held port is free again when the owner ends")
    func release() throws {
        try LiveNetwork.inside {
            for _ in 0..<2 { _ = try ServerPortLock(on: InterfaceIdentity(named: "br0")) }
        }
    }

    @Test("while the port is held, clients get no ICMP message that it is unreachable")
    func noUnreachable() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            let owner = try ServerPortLock(on: InterfaceIdentity(named: "br0"))
            try sendDatagrams(from: machine)
            // ICMP type 3, code 3; the datagram it quotes has its destination port at 64 of the frame.
            let answer = try #require(try machine.receive())
            #expect(answer[23] == 1 && answer[34] == 3 && answer[35] == 3)
            #expect(Array(answer[64..<66]) == [0, 69])
            _ = consume owner
        }
    }

    /// Sends one to the held port, then one to an unused port, which the kernel must answer.
    private func sendDatagrams(from machine: borrowing VirtualMachine) throws {
        try LiveNetwork.shell("ip neighbour add 10.9.0.2 lladdr 02:09:00:00:00:01 dev br0")
        try machine.send(TestFrame.unicast(toPort: ServerPortLock.serverPort))
        try machine.send(TestFrame.unicast(toPort: 69))
    }

    @Test("datagrams to the held port are dropped, not queued")
    func dropsAll() throws {
        try LiveNetwork.inside {
            let machine = try VirtualMachine()
            let owner = try ServerPortLock(on: InterfaceIdentity(named: "br0"))
            try sendDatagrams(from: machine)
            // The answer about port 69 shows that the datagram to port 67 has been handled.
            _ = try machine.receive()
            let table = String(decoding: try SystemCall.readFile("/proc/thread-self/net/udp"), as: UTF8.self)
            let columns = try #require(table.split(separator: "\n").last).split(separator: " ")
            #expect(columns[4] == "00000000:00000000")
            #expect(columns.last == "1")
            _ = consume owner
        }
    }

    @Test("a missing interface is an error that says so")
    func missingInterface() throws {
        try LiveNetwork.inside {
            let interface = try InterfaceIdentity(named: "br0")
            try LiveNetwork.shell("ip link del br0")
            do {
                _ = try ServerPortLock(on: interface)
                Issue.record("the port was held on a missing interface")
            } catch ServerPortLockError.system(let error) {
                #expect(error.code == .operationNotSupportedByDevice)
                #expect(error.description.contains("create the bridge"))
            }
        }
    }
}
