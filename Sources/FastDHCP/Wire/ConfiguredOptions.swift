/// What the server tells its clients, validated and encoded once, at start. Immutable: to use it for a packet
/// allocates nothing.
public struct ConfiguredOptions: Sendable {
    /// The codes that a reply can carry: those that have a value here, and those whose value comes with the
    /// lease.
    private(set) var available: OptionCodeSet = [
        .ipAddressLeaseTime, .serverIdentifier, .renewalTimeValue, .rebindingTimeValue,
    ]
    /// Whether option 249 is option 121 once more.
    private(set) var repeatsRoutes = false
    /// The bytes of options 1, 3 and 6 with their headers.
    private(set) var requiredByteCount = 0
    /// The encoded options in words of eight bytes, the first byte most significant; each option begins a
    /// word.
    private var words: [UInt64] = []
    /// For each of the 256 codes, where its encoding stands in `words`.
    private var ranges = [EncodedRange](repeating: EncodedRange(), count: 256)

    private struct EncodedRange {
        var wordIndex: UInt16 = 0
        var byteCount: UInt16 = 0
    }

    /// The most bytes that one option may have, encoded: more would never fit in a reply.
    public static let optionByteCapacity = 1200

    /// The most bytes that options 1, 3 and 6 may have together: what remains of the shortest reply (576
    /// bytes) beside the options that the server adds itself.
    public static let requiredByteCapacity = 278

    /// Encodes `options`. Values longer than 255 bytes are split as RFC 3396 section 5 says, between their parts. Routes (121)
    /// are also told under the number by which older Windows asks for them (249), unless that has a value of
    /// its own.
    /// - Throws: The first option that a client could not make sense of, or that does not fit.
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

    /// The bytes of the encoded option with all its headers, 0 when it has no value.
    @inline(always)
    func encodedByteCount(of code: OptionCode) -> Int { Int(ranges[Int(code.rawValue)].byteCount) }

    /// The encoded option with all its headers, borrowed, in words of eight bytes.
    @inline(always)
    @_lifetime(borrow self)
    func encodedWords(of code: OptionCode) -> Span<UInt64> {
        words.span.extracting(droppingFirst: Int(ranges[Int(code.rawValue)].wordIndex))
    }

    /// How many bytes of the encoded option, from `index` on and before `end`, belong together.
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

    /// How much of a value the next instance takes: as many whole parts as 255 bytes hold.
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
    /// Whether every OFFER and every ACK to a REQUEST carries it, asked for or not, if the server has it.
    @inline(always)
    var isRequired: Bool {
        switch self {
        case .subnetMask, .router, .domainNameServer: true
        default: false
        }
    }
}

/// Why an option cannot be told to clients.
public enum ConfiguredOptionsError: Error, Hashable, Sendable {
    /// The server itself decides this option's value.
    case reserved(OptionCode)
    /// It is there twice.
    case duplicate(OptionCode)
    /// Its value has a length that the option cannot have.
    case length(OptionCode, byteCount: Int, expected: OptionValueShape)
    /// Its value would never fit in a reply.
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
            "option \(code): the value has \(byteCount) bytes, it must have \(expected)"
        case .tooLong(let code, let limit):
            "option \(code): the value exceeds the \(limit) bytes that fit in a reply; shorten it"
        case .requiredTooLong(let byteCount, let limit):
            "options 1, 3 and 6: they have \(byteCount) bytes together, \(limit) fit in every reply; list fewer servers"
        }
    }
}
