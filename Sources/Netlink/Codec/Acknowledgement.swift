internal import CNetlink

/// The kernel's result for one request: NLMSG_ERROR, or the NLMSG_DONE that ends a dump.
public struct Acknowledgement: Hashable, Sendable, ReplyBody {
    /// The sequence number of the request that this message answers.
    public let sequence: UInt32
    /// 0 for success, otherwise a positive errno.
    public let errno: Int32
    /// The kernel's explanation of the error (NLMSGERR_ATTR_MSG). On success it is a warning.
    public let text: String?
    /// The offset in the request of the part that caused the error, in bytes from the start of its header
    /// (NLMSGERR_ATTR_OFFS).
    public let byteOffset: UInt32?

    public init?(_ message: borrowing NetlinkMessageView) {
        let isError = message.header.type == .acknowledgement
        guard isError || message.header.type == .done else { return nil }
        // In old kernels NLMSG_DONE has no error field.
        guard message.payload.count >= 4 || !isError else { return nil }
        let result = message.payload.count >= 4 ? Int32(bitPattern: message.payload.number32(at: 0)) : 0
        sequence = message.header.sequence
        errno = result < 0 ? 0 &- result : 0

        var text: String?
        var byteOffset: UInt32?
        if message.header.flags.contains(.hasErrorAttributes) {
            var attributes = message.attributes(after: Self.fixedByteCount(message))
            while let attribute = attributes.next() {
                switch attribute.type {
                case Attribute.message: text = attribute.text
                case Attribute.offset: byteOffset = attribute.number32
                default: continue
                }
            }
        }
        self.text = text
        self.byteOffset = byteOffset
    }

    /// The size in bytes of what precedes the attributes: the error number and, in NLMSG_ERROR, the request's header
    /// and the rest of the request, unless the kernel capped it.
    private static func fixedByteCount(_ message: borrowing NetlinkMessageView) -> Int {
        let numberByteCount = 4
        guard message.header.type == .acknowledgement else { return numberByteCount }
        let capped = numberByteCount + MessageHeader.byteCount
        guard !message.header.flags.contains(.capped),
            let request = MessageHeader(
                message.payload.extracting(droppingFirst: min(numberByteCount, message.payload.count)))
        else { return capped }
        return max(capped, numberByteCount + Int(request.messageByteCount))
    }

    private enum Attribute {
        static let message = UInt16(NLMSGERR_ATTR_MSG.rawValue)
        static let offset = UInt16(NLMSGERR_ATTR_OFFS.rawValue)
    }
}
