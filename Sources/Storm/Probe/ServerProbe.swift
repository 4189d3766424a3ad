package import Addresses
import FastDHCP
package import LinuxSystem

/// Finds the servers on an interface that would lease an address: sends DISCOVERs and collects the OFFERs. It sends no
/// REQUEST, so no server commits a lease.
package struct ServerProbe: ~Copyable {
    /// One server's answer.
    package struct Offer: Hashable, Sendable, Encodable {
        /// The server identifier; nil if the OFFER has none.
        package let server: IPv4Address?
        /// The source MAC address of the frame.
        package let macAddress: MACAddress
        package let address: IPv4Address
    }

    private var receiveRing: ReceiveRing
    private var transmitRing: TransmitRing

    /// How soon the DISCOVER is sent again, because a frame may be lost while the links come up.
    private static let resendMilliseconds: UInt64 = 1000

    /// Opens rings on the interface called `name` in the calling thread's network namespace.
    package init(onInterface name: String) throws(StormError) {
        let interface: InterfaceIdentity
        do { interface = try InterfaceIdentity(named: name) } catch { throw .interface(error) }
        do throws(SystemError) {
            // Replies go to the client's MAC address, which is not the interface's own.
            let receiveRing = try ReceiveRing(on: interface, filter: .dhcpClient, for: .all)
            let transmitRing = try TransmitRing(on: interface)
            self.receiveRing = receiveRing
            self.transmitRing = transmitRing
        } catch {
            throw .system(error)
        }
    }

    /// Sends a DISCOVER now and every second, and collects OFFERs until the time is over. Some servers first check for
    /// one to three seconds whether an address is free.
    package mutating func offers(within milliseconds: UInt64) throws(SystemError) -> [Offer] {
        // A unicast and locally administered address.
        let chaddr = MACAddress(rawValue: UInt64.random(in: 0...UInt64.max) & 0xFCFF_FFFF_FFFF | 0x0200_0000_0000)
        let request = Request(.discover, chaddr: chaddr, xid: .random(in: 1...UInt32.max))
        var polled = PollSet<1>([receiveRing.fileDescriptor])
        var found: [Offer] = []
        try receiveRing.start()
        let start = BootTime.nanosecondsNow()
        var sentCount: UInt64 = 0
        while true {
            let elapsed = (BootTime.nanosecondsNow() &- start) / 1_000_000
            guard elapsed < milliseconds else { return found }
            if elapsed >= sentCount * Self.resendMilliseconds {
                sentCount += 1
                _ = transmitRing.enqueue {
                    RequestWriter.write(request, options: Self.parameterRequestList.span, into: &$0)
                }
                _ = transmitRing.flush()
            }
            _ = receiveRing.receive(limit: 64) { frame in
                guard let offer = Self.offer(frame, to: request), !found.contains(offer) else { return }
                found.append(offer)
            }
            let next = min(milliseconds, sentCount * Self.resendMilliseconds)
            try polled.wait(timeoutMilliseconds: Int32(clamping: max(next - min(elapsed, next), 1)))
        }
    }

    private static func offer(_ frame: borrowing ReceivedFrame, to request: Request) -> Offer? {
        switch MessageView.parse(frame.bytes, as: .reply, udpChecksum: frame.udpChecksum, interface: .zero) {
        case .dropped: return nil
        case .message(let message):
            guard message.messageType == .offer, message.xid == request.xid, message.chaddr == request.chaddr else {
                return nil
            }
            return Offer(
                server: message.serverIdentifier, macAddress: message.ethernetSource, address: message.yiaddr)
        }
    }

    /// Option 55 with the codes that every server knows: mask, router, name servers.
    private static let parameterRequestList: [UInt8] = [55, 3, 1, 3, 6]
}
