/// A frame in the receive ring. It is borrowed for one call. After the call its memory belongs to the kernel again.
public struct ReceivedFrame: ~Escapable {
    /// The frame from its Ethernet header on, cut where it did not fit in its slot. VLAN tags are not in it.
    public let bytes: Span<UInt8>
    /// What the kernel knows about the UDP checksum.
    public let udpChecksum: UDPChecksumState
    /// The index of the interface on which the frame arrived.
    public let interfaceIndex: Int32

    @inline(__always)
    @_lifetime(copy bytes)
    init(bytes: Span<UInt8>, udpChecksum: UDPChecksumState, interfaceIndex: Int32) {
        self.bytes = bytes
        self.udpChecksum = udpChecksum
        self.interfaceIndex = interfaceIndex
    }
}
