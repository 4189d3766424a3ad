extension OptionCode {
    /// How many bytes at the front of a value belong together: a route, an address, a name; one byte where the value has no
    /// parts.
    ///
    /// RFC 3396 splits values anywhere. systemd-networkd reads each instance by itself, and so needs whole parts in each.
    /// - Parameters:
    ///   - byteCount: the bytes of the value, or of what is left of it.
    ///   - byte: one of them.
    func partByteCount(of byteCount: Int, _ byte: (Int) -> UInt8) -> Int {
        guard byteCount > 0 else { return 0 }
        let part =
            switch self {
            case .classlessStaticRoute, .microsoftClasslessStaticRoute:
                // The prefix length, as much of the destination as it covers, and the router (RFC 3442).
                byte(0) <= 32 ? 1 + (Int(byte(0)) + 7) / 8 + 4 : 1
            case .domainSearch: Self.nameByteCount(of: byteCount, byte)
            default:
                if case .groups(let size) = shape { size } else { 1 }
            }
        return min(part, byteCount)
    }

    /// The labels of a name up to its root (RFC 1035 section 3.1).
    private static func nameByteCount(of byteCount: Int, _ byte: (Int) -> UInt8) -> Int {
        var end = 0
        while end < byteCount, byte(end) != 0 { end += 1 + Int(byte(end)) }
        return end + 1
    }
}
