/// The part of a request that follows the header.
public protocol MessageBody: ~Copyable {
    /// Appends the fixed part and the attributes to `buffer`.
    func write(to buffer: inout MessageBuffer)
}

/// A value that is parsed from an answer or a notification.
public protocol ReplyBody: Sendable {
    /// Parses `message`; nil if it is malformed, or if its type or address family is not the expected one.
    init?(_ message: borrowing NetlinkMessageView)
}
