extension StringProtocol {
    /// The percent-decoded text (RFC 3986 section 2.1). Nil if an escape lacks two hex digits or the result is not UTF-8.
    var percentDecoded: String? {
        var decoded: [UInt8] = []
        var encoded = utf8.makeIterator()
        while let byte = encoded.next() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let high = encoded.next()?.hexDigitValue, let low = encoded.next()?.hexDigitValue else { return nil }
            decoded.append(high << 4 | low)
        }
        return String(validating: decoded, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var hexDigitValue: UInt8? { Character(UnicodeScalar(self)).hexDigitValue.map { UInt8($0) } }
}
