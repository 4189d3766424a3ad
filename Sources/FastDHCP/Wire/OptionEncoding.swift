public import Addresses

/// Turns what an operator writes into the bytes of option values. It has the encodings of RFC 2132, 3397 and 3442 that
/// servers send.
public enum OptionEncoding {
    public static func uint8(_ value: UInt8) -> [UInt8] { [value] }

    public static func uint16(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }

    public static func uint32(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(value >> UInt32(24 - 8 * $0) & 0xFF) }
    }

    /// One or more addresses, in order of preference.
    public static func addresses(_ addresses: [IPv4Address]) -> [UInt8] {
        addresses.flatMap { uint32($0.rawValue) }
    }

    /// Text in printable ASCII, without a terminating zero (RFC 2132 section 2).
    public static func text(_ text: String) throws(OptionEncodingError) -> [UInt8] {
        guard !text.isEmpty else { throw .emptyText }
        let bytes = Array(text.utf8)
        guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else { throw .notPrintableASCII(text) }
        return bytes
    }

    /// One domain name as text, as options 12 and 15 carry it. A trailing dot is removed. The rest must be a valid
    /// name.
    public static func domainName(_ name: String) throws(OptionEncodingError) -> [UInt8] {
        try labels(of: name).joined(separator: ".").utf8.map { $0 }
    }

    /// Domain names in the wire form of RFC 1035 section 3.1, one after the other, as option 119 carries them (RFC 3397
    /// section 2).
    ///
    /// The names are not compressed. RFC 3397 leaves compression to the sender, and it has driven readers into endless
    /// loops.
    public static func domainSearch(_ names: [String]) throws(OptionEncodingError) -> [UInt8] {
        guard !names.isEmpty else { throw .emptyList }
        var bytes: [UInt8] = []
        for name in names {
            for label in try labels(of: name) {
                bytes.append(UInt8(label.utf8.count))
                bytes.append(contentsOf: label.utf8)
            }
            bytes.append(0)
        }
        return bytes
    }

    /// Routes as option 121 carries them: the prefix length, the destination bytes that the prefix covers, and the next
    /// hop (RFC 3442).
    public static func classlessRoutes(
        _ routes: [(destination: IPv4Network, router: IPv4Address)]
    ) throws(OptionEncodingError) -> [UInt8] {
        guard !routes.isEmpty else { throw .emptyList }
        return routes.flatMap { route in
            let significantCount = (route.destination.prefixLength + 7) / 8
            let destination = uint32(route.destination.address.rawValue).prefix(significantCount)
            return [UInt8(route.destination.prefixLength)] + destination + uint32(route.router.rawValue)
        }
    }

    /// The labels of a name: letters, digits, hyphens and underscores. No label is empty or longer than 63 bytes. The
    /// encoded name has at most 255 bytes.
    private static func labels(of name: String) throws(OptionEncodingError) -> [Substring] {
        let rooted = name.hasSuffix(".") ? name.dropLast() : name[...]
        guard !rooted.isEmpty else { throw .emptyName(name) }
        let labels = rooted.split(separator: ".", omittingEmptySubsequences: false)
        for label in labels {
            guard !label.isEmpty else { throw .emptyName(name) }
            guard label.utf8.count <= 63 else { throw .labelTooLong(name, label: String(label)) }
            guard label.utf8.allSatisfy(isHostNameByte) else { throw .notAName(name) }
        }
        // Each label has a length byte. The root adds one more.
        guard rooted.utf8.count + 2 <= 255 else { throw .nameTooLong(name) }
        return labels
    }

    private static func isHostNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

/// Why a text cannot become the value of an option.
public enum OptionEncodingError: Error, Hashable, Sendable {
    case emptyText
    case emptyList
    case notPrintableASCII(String)
    /// The name has no labels, or one of them is empty.
    case emptyName(String)
    case labelTooLong(String, label: String)
    case nameTooLong(String)
    /// A label contains a byte that host names cannot have.
    case notAName(String)
}

extension OptionEncodingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .emptyText: "the text is empty; remove the option or give it a value"
        case .emptyList: "the list is empty; remove the option or give it a value"
        case .notPrintableASCII(let text):
            "\"\(text)\" has characters outside printable ASCII; remove them"
        case .emptyName(let name):
            "\"\(name)\" is not a domain name: it has an empty label; write it like example.com"
        case .labelTooLong(let name, let label):
            "\"\(name)\": the label \"\(label)\" exceeds 63 bytes; shorten it"
        case .nameTooLong(let name): "\"\(name)\" exceeds the 253 bytes of a domain name; shorten it"
        case .notAName(let name):
            "\"\(name)\" is not a domain name: use letters, digits, hyphens and underscores"
        }
    }
}
