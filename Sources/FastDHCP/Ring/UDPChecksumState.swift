import CFastDHCP

/// What the kernel says about the UDP checksum of a received frame.
public enum UDPChecksumState: Sendable {
    /// The kernel says nothing. The parser verifies the checksum.
    case unknown
    /// The kernel or the hardware verified the checksum (TP_STATUS_CSUM_VALID).
    case valid
    /// The sender left the checksum to hardware, which a virtual link does not have (TP_STATUS_CSUMNOTREADY). The field
    /// holds no checksum yet.
    case notReady
}

extension UDPChecksumState {
    /// Reads the checksum bits of tp_status.
    @inline(__always)
    init(receiveStatus status: UInt32) {
        if status & UInt32(TP_STATUS_CSUMNOTREADY) != 0 {
            self = .notReady
        } else if status & UInt32(TP_STATUS_CSUM_VALID) != 0 {
            self = .valid
        } else {
            self = .unknown
        }
    }
}
