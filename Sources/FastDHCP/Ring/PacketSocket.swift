import CFastDHCP
import Glibc
import LinuxSystem
import SystemPackage

/// A packet socket (packet(7)) with a V2 ring. Its calls come in an order that keeps unwanted frames out.
///
/// The socket opens with protocol 0, so it receives nothing until it is bound.
struct PacketSocket: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    var fileDescriptor: Int32 { descriptor.rawValue }

    init() throws(SystemError) {
        let descriptor = try SystemCall.socket(AF_PACKET, SOCK_RAW, protocol: 0)
        try SystemCall.setsockopt(descriptor.rawValue, SOL_PACKET, PACKET_VERSION, Int32(TPACKET_V2.rawValue))
        self.descriptor = descriptor
    }

    /// Gives the socket a ring. `option` is PACKET_RX_RING or PACKET_TX_RING. Afterwards frames can be queued in the
    /// ring only.
    func makeRing(_ option: Int32, _ geometry: RingGeometry) throws(SystemError) -> FrameSlots {
        try SystemCall.setsockopt(fileDescriptor, SOL_PACKET, option, geometry.request)
        return FrameSlots(
            try SharedMapping(fileDescriptor, byteCount: geometry.byteCount), geometry: geometry)
    }

    /// Binds the socket to an interface, or to none, and starts the delivery of frames of `etherType`. With 0 the
    /// socket only sends.
    func bind(to interface: InterfaceIdentity?, etherType: Int32) throws(SystemError) {
        var address = sockaddr_ll()
        address.sll_family = UInt16(AF_PACKET)
        address.sll_protocol = UInt16(etherType).bigEndian
        address.sll_ifindex = interface?.index ?? 0
        try SystemCall.bind(fileDescriptor, to: address)
    }

    /// Puts the interface in promiscuous mode while this socket lives.
    func becomePromiscuous(on interface: InterfaceIdentity) throws(SystemError) {
        var membership = packet_mreq()
        membership.mr_ifindex = interface.index
        membership.mr_type = UInt16(PACKET_MR_PROMISC)
        try SystemCall.setsockopt(fileDescriptor, SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership)
    }

    /// Takes the pending error off the socket: the error that made poll report one. Nil when there is none.
    func takeError() throws(SystemError) -> Errno? {
        var code: Int32 = 0
        try SystemCall.getsockopt(fileDescriptor, SOL_SOCKET, SO_ERROR, into: &code)
        return code == 0 ? nil : Errno(rawValue: code)
    }

    /// The index of the interface that the socket is bound to. -1 once that interface was deleted.
    func interfaceIndex() throws(SystemError) -> Int32 {
        var address = sockaddr_ll()
        try SystemCall.getsockname(fileDescriptor, into: &address)
        return address.sll_ifindex
    }
}
