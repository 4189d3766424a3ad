/// A URI that firmware and operating systems fetch by HTTP (RFC 3986, as far as the server can check it).
enum WebAddress {
    /// Whether the text is an http or https URI with a host, made of characters that a URI may contain.
    static func isValid(_ text: some Collection<UInt8>) -> Bool {
        let text = Array(text)
        let lowercased = String(decoding: text, as: UTF8.self).lowercased()
        guard let scheme = ["http://", "https://"].first(where: lowercased.hasPrefix) else { return false }
        guard let first = text.dropFirst(scheme.utf8.count).first, !"/?#:@".utf8.contains(first) else { return false }
        return text.indices.allSatisfy { index in
            guard text[index] == UInt8(ascii: "%") else { return isPlain(text[index]) }
            let digits = text[(index + 1)...].prefix(2)
            return digits.count == 2 && digits.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~:/?#[]@!$&'()*+,;=".utf8.contains(byte)
        }
    }
}
