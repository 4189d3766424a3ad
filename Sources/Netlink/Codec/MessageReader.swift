/// Iterates over the messages of one datagram from the kernel.
///
/// Safe on any input and bounded: whatever the bytes are, each step either advances by at least a header or ends the
/// iteration.
public struct MessageReader: ~Escapable {
    private var rest: Span<UInt8>
    /// Whether the reader found a length that does not fit into the datagram. The messages before it are valid.
    public private(set) var isMalformed = false

    @_lifetime(copy datagram)
    public init(_ datagram: Span<UInt8>) { rest = datagram }

    /// The next message, or nil at the end or at the first malformed one.
    @_lifetime(copy self)
    public mutating func next() -> NetlinkMessageView? {
        guard !rest.isEmpty else { return nil }
        guard let header = MessageHeader(rest), let byteCount = Int(exactly: header.messageByteCount),
            byteCount >= MessageHeader.byteCount, byteCount <= rest.count
        else {
            isMalformed = true
            rest = rest.extracting(first: 0)
            return nil
        }
        let payload = rest.extracting(MessageHeader.byteCount..<byteCount)
        rest = rest.extracting(droppingFirst: min(aligned(byteCount), rest.count))
        return NetlinkMessageView(header: header, payload: payload)
    }
}

/// One message, borrowed from the buffer it was received into.
public struct NetlinkMessageView: ~Escapable {
    public let header: MessageHeader
    /// The bytes after the header: a fixed part that depends on the type, then attributes.
    public let payload: Span<UInt8>

    @_lifetime(copy payload)
    init(header: MessageHeader, payload: Span<UInt8>) {
        self.header = header
        self.payload = payload
    }

    /// The attributes after a fixed part of `byteCount` bytes; none if the payload is shorter.
    @_lifetime(copy self)
    func attributes(after byteCount: Int) -> AttributeReader {
        AttributeReader(payload.extracting(droppingFirst: min(aligned(byteCount), payload.count)))
    }
}
