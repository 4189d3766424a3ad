import CFastDHCP
import Glibc
import LinuxSystem
import SystemPackage

/// A packet socket (packet(7)) with a V2 ring, in the order that keeps unwanted frames out.
///
/// It opens with protocol 0 and so receives nothing before it is bound.
struct PacketSocket: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    var fileDescriptor: Int32 { descriptor.rawValue }

    init() throws(SystemError) {
        let descriptor = try SystemCall.socket(AF_PACKET, SOCK_RAW, protocol: 0)
        try SystemCall.setsockopt(descriptor.rawValue, SOL_PACKET, PACKET_VERSION, Int32(TPACKET_V2.rawValue))
        self.descriptor = descriptor
    }

    /// Gives the socket a ring: `option` is PACKET_RX_RING or PACKET_TX_RING. Nothing can be queued elsewhere
    /// afterwards.
    func makeRing(_ option: Int32, _ geometry: RingGeometry) throws(SystemError) -> FrameSlots {
        try SystemCall.setsockopt(fileDescriptor, SOL_PACKET, option, geometry.request)
        return FrameSlots(
            try SharedMapping(fileDescriptor, byteCount: geometry.byteCount), geometry: geometry)
    }

    /// Ties the socket to an interface, or to none, and starts delivery of frames of `etherType`; with 0 it only sends.
    func bind(to interface: InterfaceIdentity?, etherType: Int32) throws(SystemError) {
        var address = sockaddr_ll()
        address.sll_family = UInt16(AF_PACKET)
        address.sll_protocol = UInt16(etherType).bigEndian
        address.sll_ifindex = interface?.index ?? 0
        try SystemCall.bind(fileDescriptor, to: address)
    }

    /// Makes the interface take unicast frames for anybody, while this socket lives.
    func becomePromiscuous(on interface: InterfaceIdentity) throws(SystemError) {
        var membership = packet_mreq()
        membership.mr_ifindex = interface.index
        membership.mr_type = UInt16(PACKET_MR_PROMISC)
        try SystemCall.setsockopt(fileDescriptor, SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership)
    }

    /// Takes the pending error off the socket: what made poll report one. Nil when there is none.
    func takeError() throws(SystemError) -> Errno? {
        var code: Int32 = 0
        try SystemCall.getsockopt(fileDescriptor, SOL_SOCKET, SO_ERROR, into: &code)
        return code == 0 ? nil : Errno(rawValue: code)
    }

    /// The index of the interface that the socket is tied to, -1 once that has been deleted.
    func interfaceIndex() throws(SystemError) -> Int32 {
        var address = sockaddr_ll()
        try SystemCall.getsockname(fileDescriptor, into: &address)
        return address.sll_ifindex
    }
}
