/// The options that the server sends to its clients. They are validated and encoded once, at the start. Immutable:
/// using them for a packet allocates nothing.
public struct ConfiguredOptions: Sendable {
    /// The codes that a reply can carry: those that have a value here, and those whose value comes from the lease.
    private(set) var available: OptionCodeSet = [
        .ipAddressLeaseTime, .serverIdentifier, .renewalTimeValue, .rebindingTimeValue,
    ]
    /// Whether option 249 is a copy of option 121.
    private(set) var repeatsRoutes = false
    /// The encoded size of options 1, 3 and 6 together, headers included.
    private(set) var requiredByteCount = 0
    /// The encoded options in words of eight bytes, the first byte most significant. Each option starts at a word
    /// boundary.
    private var words: [UInt64] = []
    /// Where the encoding of each of the 256 codes is in `words`.
    private var ranges = [EncodedRange](repeating: EncodedRange(), count: 256)

    fileprivate struct EncodedRange: Hashable {
        var wordIndex: UInt16 = 0
        var byteCount: UInt16 = 0

        func hash(into hasher: inout Hasher) { hasher.combine(UInt32(wordIndex) << 16 | UInt32(byteCount)) }
    }

    /// The layouts of the options of many clients. Most have options of the same sizes, and so can share one copy of
    /// 1 KiB.
    public struct Layouts {
        fileprivate var known: Set<[EncodedRange]> = []
        public init() {}
    }

    /// Uses the copy in `layouts` of an equal layout, or adds this one.
    public mutating func shareLayout(in layouts: inout Layouts) {
        ranges = layouts.known.insert(ranges).memberAfterInsert
    }

    /// The largest encoded size of one option, in bytes. A larger option would never fit in a reply.
    public static let optionByteCapacity = 1200

    /// The largest encoded size of options 1, 3 and 6 together, in bytes: the space that the shortest reply (576 bytes)
    /// has left beside the options that the server adds itself.
    public static let requiredByteCapacity = 278

    /// Encodes `options`. Splits values longer than 255 bytes as RFC 3396 section 5 says, at the boundaries between
    /// their parts. Routes (option 121) are also encoded as option 249, which older Windows asks for, unless option 249
    /// has a value of its own.
    /// - Throws: The first option whose value is malformed or does not fit.
    public init(_ options: [(code: OptionCode, value: [UInt8])]) throws(ConfiguredOptionsError) {
        for option in options {
            try option.code.validate(option.value)
            try append(option.code, option.value)
        }
        if !contains(.microsoftClasslessStaticRoute),
            let routes = options.first(where: { $0.code == .classlessStaticRoute })
        {
            try append(.microsoftClasslessStaticRoute, routes.value)
            repeatsRoutes = true
        }
        for option in options where option.code.isRequired {
            requiredByteCount += encodedByteCount(of: option.code)
        }
        guard requiredByteCount <= Self.requiredByteCapacity else {
            throw .requiredTooLong(byteCount: requiredByteCount, limit: Self.requiredByteCapacity)
        }
    }

    /// Whether `code` has a value. O(1).
    @inline(__always)
    public func contains(_ code: OptionCode) -> Bool { encodedByteCount(of: code) != 0 }

    /// The size of the encoded option in bytes, all its headers included. 0 when it has no value.
    @inline(always)
    func encodedByteCount(of code: OptionCode) -> Int { Int(ranges[Int(code.rawValue)].byteCount) }

    /// The encoded option with all its headers, borrowed, in words of eight bytes.
    @inline(always)
    @_lifetime(borrow self)
    func encodedWords(of code: OptionCode) -> Span<UInt64> {
        words.span.extracting(droppingFirst: Int(ranges[Int(code.rawValue)].wordIndex))
    }

    /// The size of the part that starts at `index` in the encoded option. Parts must not be split. The value ends at
    /// `end`.
    func partByteCount(of code: OptionCode, from index: Int, to end: Int) -> Int {
        code.partByteCount(of: end - index) { encodedByte(of: code, at: index + $0) }
    }

    /// One byte of the encoded option.
    func encodedByte(of code: OptionCode, at index: Int) -> UInt8 {
        let word = words[Int(ranges[Int(code.rawValue)].wordIndex) + index / 8]
        return UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * (index % 8)))
    }

    private mutating func append(_ code: OptionCode, _ value: [UInt8]) throws(ConfiguredOptionsError) {
        guard !contains(code) else { throw .duplicate(code) }
        var bytes: [UInt8] = []
        var rest = value[...]
        repeat {
            let instance = rest.prefix(Self.instanceByteCount(of: code, rest))
            bytes += [code.rawValue, UInt8(instance.count)] + instance
            rest = rest.dropFirst(instance.count)
        } while !rest.isEmpty
        guard bytes.count <= Self.optionByteCapacity else {
            throw .tooLong(code, limit: Self.optionByteCapacity)
        }
        ranges[Int(code.rawValue)] = EncodedRange(
            wordIndex: UInt16(words.count), byteCount: UInt16(bytes.count))
        for start in stride(from: 0, to: bytes.count, by: 8) {
            words.append(bytes.span.word(at: start, byteCount: min(bytes.count - start, 8)))
        }
        available.insert(code)
    }

    /// How many bytes of a value go into the next instance: as many whole parts as fit in 255 bytes.
    private static func instanceByteCount(of code: OptionCode, _ rest: ArraySlice<UInt8>) -> Int {
        guard rest.count > 255 else { return rest.count }
        var byteCount = 0
        while byteCount < rest.count {
            let start = rest.startIndex + byteCount
            let part = code.partByteCount(of: rest.count - byteCount) { rest[start + $0] }
            guard byteCount + part <= 255 else { break }
            byteCount += part
        }
        return byteCount > 0 ? byteCount : 255
    }
}

extension OptionCode {
    /// Whether every OFFER, and every ACK to a REQUEST, carries this option even when the client does not ask for it.
    /// The server must have a value for it.
    @inline(always)
    var isRequired: Bool {
        switch self {
        case .subnetMask, .router, .domainNameServer: true
        default: false
        }
    }
}

/// Why an option cannot be sent to clients.
public enum ConfiguredOptionsError: Error, Hashable, Sendable {
    /// The server sets this option itself.
    case reserved(OptionCode)
    /// The option was given twice.
    case duplicate(OptionCode)
    /// The value has a length that this option cannot have.
    case length(OptionCode, byteCount: Int, expected: OptionValueShape)
    /// The value would never fit in a reply.
    case tooLong(OptionCode, limit: Int)
    /// Options 1, 3 and 6 leave no room for the lease in a reply of 576 bytes.
    case requiredTooLong(byteCount: Int, limit: Int)
}

extension ConfiguredOptionsError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .reserved(let code):
            "option \(code): the server sets it itself; remove it"
        case .duplicate(let code):
            "option \(code): given twice; give it one value"
        case .length(let code, let byteCount, let expected):
            "option \(code): the value has \(byteCount) bytes but must have \(expected)"
        case .tooLong(let code, let limit):
            "option \(code): the value exceeds the \(limit) bytes that fit in a reply; shorten it"
        case .requiredTooLong(let byteCount, let limit):
            "options 1, 3 and 6: they take \(byteCount) bytes together, only \(limit) fit in every reply; list fewer servers"
        }
    }
}
