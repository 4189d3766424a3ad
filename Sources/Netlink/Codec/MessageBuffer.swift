internal import Addresses
internal import CNetlink

/// Encodes messages one after another into a buffer of fixed size.
///
/// A message that does not fit is removed entirely, so the buffer always holds complete messages.
public struct MessageBuffer: ~Copyable, Sendable {
    private var bytes: [UInt8]
    /// The size of the complete messages in bytes.
    public private(set) var byteCount = 0
    /// The offset of the next byte to write. It stays at the end of the buffer if the message does not fit.
    private var cursor = 0
    private var hasOverflowed = false

    public init(byteCapacity: Int) { bytes = [UInt8](repeating: 0, count: byteCapacity) }

    public var byteCapacity: Int { bytes.count }

    /// The complete messages.
    public var encoded: Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span.extracting(first: byteCount) }
    }

    /// Removes all messages and keeps the memory.
    public mutating func removeAll() {
        byteCount = 0
        cursor = 0
    }

    /// Appends one message, header and body.
    /// - Returns: false if the message does not fit; the buffer is then unchanged.
    public mutating func append(
        _ type: NetlinkMessageType, flags: MessageFlags, sequence: UInt32, portID: UInt32 = 0,
        _ body: borrowing some MessageBody & ~Copyable
    ) -> Bool {
        let start = byteCount
        cursor = start
        hasOverflowed = false
        put(UInt32(0))
        put(type.rawValue)
        put(flags.rawValue)
        put(sequence)
        put(portID)
        body.write(to: &self)
        let end = cursor
        guard !hasOverflowed, let messageByteCount = UInt32(exactly: end - start) else { return false }
        cursor = start
        put(messageByteCount)
        cursor = end
        pad()
        guard !hasOverflowed else { return false }
        byteCount = cursor
        return true
    }

    /// Numbers the messages consecutively from `firstSequence` and requests an acknowledgement for the last one.
    mutating func number(from firstSequence: UInt32) {
        var sequence = firstSequence
        var offset = 0
        while offset < byteCount {
            let next = offset + aligned(Int(bytes.span.number32(at: offset)))
            if next >= byteCount {
                let flags = MessageFlags(rawValue: bytes.span.number16(at: offset + 6))
                cursor = offset + 6
                put(flags.union(.acknowledge).rawValue)
            }
            cursor = offset + 8
            put(sequence)
            sequence &+= 1
            offset = next
        }
    }
}

// MARK: Writing bodies

extension MessageBuffer {
    @inline(__always)
    mutating func put(_ byte: UInt8) {
        guard cursor < bytes.count else {
            hasOverflowed = true
            return
        }
        bytes[cursor] = byte
        cursor &+= 1
    }

    @inline(__always)
    mutating func put(_ number: UInt16) {
        let number = number.littleEndian
        put(UInt8(truncatingIfNeeded: number))
        put(UInt8(truncatingIfNeeded: number >> 8))
    }

    @inline(__always)
    mutating func put(_ number: UInt32) {
        let number = number.littleEndian
        put(UInt8(truncatingIfNeeded: number))
        put(UInt8(truncatingIfNeeded: number >> 8))
        put(UInt8(truncatingIfNeeded: number >> 16))
        put(UInt8(truncatingIfNeeded: number >> 24))
    }

    /// Appends zero bytes up to the next multiple of four.
    @inline(__always)
    mutating func pad() {
        while cursor & 3 != 0, !hasOverflowed { put(UInt8(0)) }
    }

    mutating func put(attribute type: UInt16, _ number: UInt8) {
        put(attribute: type) { $0.put(number) }
    }

    mutating func put(attribute type: UInt16, _ number: UInt16) {
        put(attribute: type) { $0.put(number) }
    }

    mutating func put(attribute type: UInt16, _ number: UInt32) {
        put(attribute: type) { $0.put(number) }
    }

    mutating func put(attribute type: UInt16, _ address: IPv4Address) {
        put(attribute: type) { $0.put(address.rawValue.bigEndian) }
    }

    mutating func put(attribute type: UInt16, _ address: MACAddress) {
        put(attribute: type) { for index in 0..<6 { $0.put(address[byte: index]) } }
    }

    /// Appends text with the terminating zero byte that the kernel expects. Text that contains a zero byte is cut
    /// there.
    mutating func put(attribute type: UInt16, _ text: String) {
        put(attribute: type) {
            for byte in text.utf8.prefix(while: { $0 != 0 }) { $0.put(byte) }
            $0.put(UInt8(0))
        }
    }

    /// Appends an attribute that contains the attributes that `content` writes.
    mutating func put(nested type: UInt16, _ content: (inout MessageBuffer) -> Void) {
        put(attribute: type | UInt16(truncatingIfNeeded: NLA_F_NESTED), content)
    }

    /// Appends an attribute whose value `content` writes. A value that is too long for the length field counts as an
    /// overflow.
    @inline(__always)
    mutating func put(attribute type: UInt16, _ content: (inout MessageBuffer) -> Void) {
        let start = cursor
        put(UInt16(0))
        put(type)
        content(&self)
        let end = cursor
        guard !hasOverflowed else { return }
        guard let attributeByteCount = UInt16(exactly: end - start) else {
            hasOverflowed = true
            return
        }
        cursor = start
        put(attributeByteCount)
        cursor = end
        pad()
    }
}
