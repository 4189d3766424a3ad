import Addresses
import FastDHCP
import Testing

@Suite("Frames of real clients")
struct CaptureTests {
    private func message(_ capture: [UInt8], udpChecksum: UDPChecksumState = .unknown) throws -> ReadMessage {
        let message = try #require(read(capture, udpChecksum: udpChecksum, interface: Capture.server).message)
        #expect(message.chaddr == WireFrame.client && message.ethernetSource == WireFrame.client)
        #expect(
            message.sourcePort == 68 && message.secs == 0 && message.flags == 0
                && message.giaddr == .unspecified)
        return message
    }

    @Test("udhcpc's DISCOVER")
    func udhcpcDiscover() throws {
        let message = try message(Capture.udhcpcDiscover)
        #expect(message.messageType == .discover)
        #expect(message.xid == 0x8F3C_0061)
        #expect(message.maximumMessageSize == 576)
        #expect(message.parameterRequestList == [1, 3, 6, 12, 15, 28, 42])
        #expect(message.hostName == Array("vm-1".utf8))
        #expect(message.options[60] == Array("udhcp 1.35.0".utf8))
        #expect(message.clientIdentifier == [1, 2, 0, 0, 0, 0, 0x0A])
        #expect(!message.hasRapidCommit)
    }

    @Test("udhcpc's renewal, whose UDP checksum is not ready")
    func udhcpcRenew() throws {
        let message = try message(Capture.udhcpcRenew, udpChecksum: .notReady)
        #expect(message.messageType == .request)
        #expect(message.ethernetDestination == Capture.server)
        #expect(message.sourceAddress == IPv4Address(10, 9, 0, 13))
        #expect(message.ciaddr == IPv4Address(10, 9, 0, 13))
        #expect(message.destinationAddress == IPv4Address(10, 9, 0, 1))
        #expect(message.requestedIPAddress == nil && message.serverIdentifier == nil)
    }

    @Test("dhclient's REQUEST in SELECTING")
    func dhclientRequest() throws {
        let message = try message(Capture.dhclientRequest)
        #expect(message.messageType == .request)
        #expect(message.serverIdentifier == IPv4Address(10, 9, 0, 1))
        #expect(message.requestedIPAddress == IPv4Address(10, 9, 0, 14))
        #expect(message.parameterRequestList == [1, 28, 2, 3, 15, 6, 12])
        #expect(message.clientIdentifier == nil && message.maximumMessageSize == nil)
    }

    @Test("dhclient's RELEASE")
    func dhclientRelease() throws {
        let message = try message(Capture.dhclientRelease, udpChecksum: .notReady)
        #expect(message.messageType == .release)
        #expect(message.ciaddr == message.sourceAddress)
        #expect(message.serverIdentifier == IPv4Address(10, 9, 0, 1))
    }

    @Test("dhcpcd's DISCOVER, with rapid commit and an RFC 4361 identifier")
    func dhcpcdDiscover() throws {
        let message = try message(Capture.dhcpcdDiscover)
        #expect(message.messageType == .discover)
        #expect(message.hasRapidCommit)
        #expect(message.maximumMessageSize == 1472)
        #expect(message.parameterRequestList == [1, 121, 3, 6, 12, 15, 26, 28, 33, 51, 54, 58, 59, 119])
        #expect(message.clientIdentifier?.count == 19 && message.clientIdentifier?.first == 255)
    }

    @Test("dhcpcd's REQUEST in INIT-REBOOT")
    func dhcpcdReboot() throws {
        let message = try message(Capture.dhcpcdReboot)
        #expect(message.messageType == .request)
        #expect(message.requestedIPAddress == IPv4Address(10, 9, 0, 14))
        #expect(message.serverIdentifier == nil && message.ciaddr == .unspecified)
        #expect(!message.hasRapidCommit)
    }

    @Test("dhcpcd's RELEASE, without a UDP checksum")
    func dhcpcdRelease() throws {
        let message = try message(Capture.dhcpcdRelease)
        #expect(message.messageType == .release)
        #expect(message.ciaddr == IPv4Address(10, 9, 0, 13))
        #expect(message.clientIdentifier?.count == 19)
    }
}
