extension OptionCode {
    /// The size of the first part of a value, in bytes: a route, an address or a name. 1 if the value has no parts.
    ///
    /// RFC 3396 allows a value to be split anywhere. But systemd-networkd reads each instance by itself, so each
    /// instance must hold whole parts.
    /// - Parameters:
    ///   - byteCount: the length of the value, or of what is left of it.
    ///   - byte: returns the byte at an index of the value.
    func partByteCount(of byteCount: Int, _ byte: (Int) -> UInt8) -> Int {
        guard byteCount > 0 else { return 0 }
        let part =
            switch self {
            case .classlessStaticRoute, .microsoftClasslessStaticRoute:
                // The prefix length, the destination bytes that it covers, and the router (RFC 3442).
                byte(0) <= 32 ? 1 + (Int(byte(0)) + 7) / 8 + 4 : 1
            case .domainSearch: Self.nameByteCount(of: byteCount, byte)
            default:
                if case .groups(let size) = shape { size } else { 1 }
            }
        return min(part, byteCount)
    }

    /// The encoded size of the name at the start of the value, its root included (RFC 1035 section 3.1).
    private static func nameByteCount(of byteCount: Int, _ byte: (Int) -> UInt8) -> Int {
        var end = 0
        while end < byteCount, byte(end) != 0 { end += 1 + Int(byte(end)) }
        return end + 1
    }
}
