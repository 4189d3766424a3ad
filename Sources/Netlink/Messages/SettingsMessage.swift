internal import CNetlink

/// A change of an interface's IPv4 settings, such as `forwarding` and `rp_filter`: the interface of a `netconfmsg`
/// (RTM_NEWNETCONF). The new values are not parsed.
public struct SettingsMessage: Hashable, Sendable {
    /// The interfaces whose settings changed (NETCONFA_IFINDEX).
    public var scope: Scope

    public enum Scope: Hashable, Sendable {
        /// What applies to all interfaces.
        case all
        /// What new interfaces begin with.
        case `default`
        case interface(UInt32)
    }

    public init(scope: Scope) { self.scope = scope }
}

extension SettingsMessage: ReplyBody {
    /// The family, padded to an attribute's alignment.
    private static let fixedByteCount = 4

    public init?(_ message: borrowing NetlinkMessageView) {
        let bytes = message.payload
        guard message.header.type == .newSettings, bytes.count >= Self.fixedByteCount,
            bytes[0] == UInt8(truncatingIfNeeded: AF_INET)
        else { return nil }
        var index: UInt32?
        var attributes = message.attributes(after: Self.fixedByteCount)
        while let attribute = attributes.next() {
            if attribute.type == UInt16(NETCONFA_IFINDEX) { index = attribute.number32 }
        }
        guard !attributes.isMalformed, let index else { return nil }
        scope =
            switch Int32(bitPattern: index) {
            case NETCONFA_IFINDEX_ALL: .all
            case NETCONFA_IFINDEX_DEFAULT: .default
            default: .interface(index)
            }
    }
}
