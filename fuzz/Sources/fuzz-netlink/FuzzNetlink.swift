import Netlink

/// Reads the input as a datagram from the kernel. Whatever its bytes are, the walk ends; and a message that
/// is understood can be written again and reads the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzNetlink(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: libFuzzer lends `count` bytes at `start` for this call.
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    var messages = MessageReader(input.span)
    var messageCount = 0
    while let message = messages.next() {
        messageCount += 1
        _ = Acknowledgement(message)
        _ = RouteNetlinkNotification(message)
        checkReemission(of: LinkMessage(message), message.header)
        checkReemission(of: AddressMessage(message), message.header)
        checkReemission(of: RouteMessage(message), message.header)
        checkReemission(of: NeighbourMessage(message), message.header)
    }
    precondition(messageCount * MessageHeader.byteCount <= count, "each message takes at least its header")
    return 0
}

private func checkReemission<Body: MessageBody & ReplyBody & Equatable>(
    of body: Body?, _ header: MessageHeader
) {
    guard let body else { return }
    // A body holds each attribute once, so it is never longer than what it was read from, apart from its
    // fixed part.
    var buffer = MessageBuffer(byteCapacity: Int(header.messageByteCount) + 512)
    precondition(buffer.append(header.type, flags: header.flags, sequence: header.sequence, body), "it fits")
    var again = MessageReader(buffer.encoded)
    guard let message = again.next() else { preconditionFailure("what was written is a message") }
    precondition(Body(message) == body, "what was written reads the same")
    precondition(again.next() == nil && !again.isMalformed, "what was written is one message")
}
