import Netlink

/// Reads the input as a datagram from the kernel. Whatever its bytes are, the walk must find the messages that a simple
/// reading of the lengths finds. A message that the codec understands can be written again and reads the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzNetlink(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: libFuzzer lends `count` bytes at `start` for this call.
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    var messages = MessageReader(input.span)
    let run = PlainRun(input, headerByteCount: 16, lengthByteCount: 4)
    var messageCount = 0
    while let message = messages.next() {
        precondition(bigEndian(message.payload) == run.values[messageCount], "a message is read wrongly")
        messageCount += 1
        _ = Acknowledgement(message)
        _ = RouteNetlinkNotification(message)
        check(LinkMessage(message), of: message, fixedByteCount: 16)
        check(AddressMessage(message), of: message, fixedByteCount: 8)
        check(RouteMessage(message), of: message, fixedByteCount: 12)
        check(NeighbourMessage(message), of: message, fixedByteCount: 12)
    }
    precondition(messageCount == run.values.count && messages.isMalformed == run.isMalformed, "a walk ends elsewhere")
    return 0
}

private func check<Body: MessageBody & ReplyBody & Equatable>(
    _ body: Body?, of message: borrowing NetlinkMessageView, fixedByteCount: Int
) {
    guard let body else { return }
    checkAttributes(Array(bigEndian(message.payload).dropFirst(fixedByteCount)))
    checkReemission(of: body, message.header)
}

/// Checks that a message that the codec understands has well-formed attributes.
private func checkAttributes(_ bytes: [UInt8]) {
    let run = PlainRun(bytes, headerByteCount: 4, lengthByteCount: 2)
    precondition(!run.isMalformed, "malformed attributes are understood")
    var attributes = AttributeReader(bytes.span)
    for value in run.values {
        guard let attribute = attributes.next() else { preconditionFailure("an attribute is lost") }
        precondition(bigEndian(attribute.value) == value, "an attribute is read wrongly")
    }
    precondition(attributes.next() == nil, "there are more attributes than there are")
}

private func checkReemission<Body: MessageBody & ReplyBody & Equatable>(of body: Body, _ header: MessageHeader) {
    // A body holds each attribute once, so apart from its fixed part it is never longer than the message that it was read
    // from.
    var buffer = MessageBuffer(byteCapacity: Int(header.messageByteCount) + 512)
    precondition(buffer.append(header.type, flags: header.flags, sequence: header.sequence, body), "it fits")
    var again = MessageReader(buffer.encoded)
    guard let message = again.next() else { preconditionFailure("what was written is a message") }
    precondition(Body(message) == body, "what was written reads the same")
    precondition(again.next() == nil && !again.isMalformed, "what was written is one message")
}

/// Reads a run of messages or attributes a second time in the simplest way. Each has a length, the rest of its header, a
/// value, and padding to four bytes.
private struct PlainRun {
    private(set) var values: [[UInt8]] = []
    private(set) var isMalformed = false

    init(_ bytes: [UInt8], headerByteCount: Int, lengthByteCount: Int) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let byteCount = rest.prefix(lengthByteCount).reversed().reduce(0) { $0 << 8 | Int($1) }
            isMalformed = rest.count < headerByteCount || byteCount < headerByteCount || byteCount > rest.count
            guard !isMalformed else { return }
            values.append(Array(rest.prefix(byteCount).dropFirst(headerByteCount)))
            rest = rest.dropFirst((byteCount + 3) / 4 * 4)
        }
    }
}

private func bigEndian(_ bytes: Span<UInt8>) -> [UInt8] { bytes.indices.map { bytes[$0] } }
