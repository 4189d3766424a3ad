import CFastDHCP

/// What the kernel says of a received frame's UDP checksum.
public enum UDPChecksumState: Sendable {
    /// Nothing: the frame is verified here.
    case unknown
    /// It was verified (TP_STATUS_CSUM_VALID).
    case valid
    /// The sender left it to hardware that a virtual link does not have (TP_STATUS_CSUMNOTREADY): the field
    /// holds no checksum yet.
    case notReady
}

extension UDPChecksumState {
    /// The meaning of tp_status' checksum bits.
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
