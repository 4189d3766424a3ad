import Netlink

/// The bytes that `text` gives in hexadecimal; white space is skipped.
func bytes(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }.map { UInt8($0.hexDigitValue!) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// All messages in `datagram` that read as `Reply`.
func replies<Reply: ReplyBody>(in datagram: [UInt8], as reply: Reply.Type = Reply.self) -> [Reply] {
    var replies: [Reply] = []
    var messages = MessageReader(datagram.span)
    while let message = messages.next() {
        if let reply = Reply(message) { replies.append(reply) }
    }
    return replies
}

/// One message with that body, as it goes to the kernel; nil if it does not fit.
func encoded(
    _ type: NetlinkMessageType, flags: MessageFlags = .request, sequence: UInt32 = 1, _ body: some MessageBody,
    byteCapacity: Int = 4096
) -> [UInt8]? {
    var buffer = MessageBuffer(byteCapacity: byteCapacity)
    guard buffer.append(type, flags: flags, sequence: sequence, body) else { return nil }
    return Array(buffer.encoded)
}

extension [UInt8] {
    init(_ span: Span<UInt8>) {
        self = []
        for index in span.indices { append(span[index]) }
    }
}
