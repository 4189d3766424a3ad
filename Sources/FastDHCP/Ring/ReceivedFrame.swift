/// A frame in the receive ring, borrowed for the call that it is handed to: afterwards its memory is the
/// kernel's again.
public struct ReceivedFrame: ~Escapable {
    /// The frame from its Ethernet header on, as far as it fitted its slot. VLAN tags are not in it.
    public let bytes: Span<UInt8>
    /// What the kernel knows of the UDP checksum.
    public let udpChecksum: UDPChecksumState
    /// The index of the interface that it came by.
    public let interfaceIndex: Int32

    @inline(__always)
    @_lifetime(copy bytes)
    init(bytes: Span<UInt8>, udpChecksum: UDPChecksumState, interfaceIndex: Int32) {
        self.bytes = bytes
        self.udpChecksum = udpChecksum
        self.interfaceIndex = interfaceIndex
    }
}
