public import Addresses
import LinuxSystem

/// The host names that clients sent with their last granted REQUEST (option 12, RFC 2132 section 3.14), one for each
/// address. In memory only: after a restart, a client's name is known again when it has renewed.
///
/// The worker of an address writes its name without a lock or an allocation, and any thread reads it. An entry is nine
/// words:
///
///     0 client and length   48 and 16 bits; 0 while the name is written, and without a name
///     1 ... 8               the name, the first byte most significant
public final class HostNames: Sendable {
    /// The longest name that is kept, in bytes: that of a domain name's label.
    static let byteCapacity = 63

    private static let wordsPerEntry = 9
    private let words: AtomicWords

    public init(slotCount: Int) { words = AtomicWords(count: slotCount * Self.wordsPerEntry) }

    /// Stores the name that a client sent. A name that is too long, or has anything but letters, digits, hyphens, dots and
    /// underscores, counts as none.
    @inline(never)
    func set(_ name: OptionValue, of client: MACAddress, at slotIndex: Int) {
        let base = slotIndex * Self.wordsPerEntry
        let byteCount = Self.usableByteCount(of: name)
        // ORDERING: relaxed; each word of the name is stored with release, so a reader that has seen one of the new words
        // also sees the 0 or a later first word.
        words.storeRelaxed(base, 0)
        for index in 0..<(byteCount + 7) / 8 { words.storeReleasing(base + 1 + index, name.word(at: index * 8)) }
        if byteCount > 0 { words.storeReleasing(base, client.rawValue << 16 | UInt64(byteCount)) }
    }

    /// The name that a client sent for the address of a slot.
    public func name(of client: MACAddress, at slotIndex: Int) -> String? {
        let base = slotIndex * Self.wordsPerEntry
        // ORDERING: acquiring; see `set`. The words of the name are loaded with acquire, so the second check of the first
        // word comes after them.
        let first = words.loadAcquiring(base)
        let byteCount = Int(first & 0xFFFF)
        guard first >> 16 == client.rawValue, (1...Self.byteCapacity).contains(byteCount) else { return nil }
        let bytes = (0..<byteCount).map { index in
            UInt8(truncatingIfNeeded: words.loadAcquiring(base + 1 + index / 8) >> UInt64(56 - 8 * (index % 8)))
        }
        // Two workers can write at once when one takes an offer away from the other, so the bytes are checked again.
        guard words.loadAcquiring(base) == first, bytes.allSatisfy(Self.isAllowed) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The length of a name without the zeros that some clients append. 0 when it cannot be used.
    private static func usableByteCount(of name: OptionValue) -> Int {
        guard name.isWhole, name.byteCount <= byteCapacity + 1 else { return 0 }
        var byteCount = name.byteCount
        while byteCount > 0, name[byteCount - 1] == 0 { byteCount -= 1 }
        guard byteCount <= byteCapacity else { return 0 }
        for index in 0..<byteCount where !isAllowed(name[index]) { return 0 }
        return byteCount
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
