/// What can stand behind a header in a request.
public protocol MessageBody: ~Copyable {
    /// Appends the fixed part and the attributes.
    func write(to buffer: inout MessageBuffer)
}

/// What can be read out of an answer or a notification.
public protocol ReplyBody: Sendable {
    /// Reads what `message` says; nil if it is malformed, of another type or of an address family that is not
    /// ours.
    init?(_ message: borrowing NetlinkMessageView)
}
