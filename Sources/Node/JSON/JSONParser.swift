extension JSON {
    /// Parses a document (RFC 8259). A key may not occur twice in an object, and values may not be nested deeper than
    /// `depthLimit`.
    package init(parsing bytes: [UInt8], depthLimit: Int = 64) throws(JSONError) {
        var parser = JSONParser(bytes: bytes, depthLimit: depthLimit)
        self = try parser.document()
    }
}

/// Where and why a text is not valid JSON.
package struct JSONError: Error, Equatable {
    /// The line, starting at 1.
    package let line: Int
    /// The byte in that line, starting at 1.
    package let column: Int
    /// What is wrong there.
    package let problem: String
}

/// A recursive-descent parser over a whole document in memory.
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0
    private let depthLimit: Int

    init(bytes: [UInt8], depthLimit: Int) {
        self.bytes = bytes
        self.depthLimit = depthLimit
    }

    mutating func document() throws(JSONError) -> JSON {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw error("text after the end of the document") }
        return value
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard depth <= depthLimit else { throw error("values are nested too deeply") }
        skipSpace()
        guard let byte = current else { throw unexpected("a value") }
        switch UnicodeScalar(byte) {
        case "{": return .object(try members(depth: depth))
        case "[": return .array(try elements(depth: depth))
        case "\"": return .string(try string())
        case "-", "0"..."9": return .number(try number())
        case "t": return try literal("true", .bool(true))
        case "f": return try literal("false", .bool(false))
        case "n": return try literal("null", .null)
        default: throw unexpected("a value")
        }
    }

    private mutating func members(depth: Int) throws(JSONError) -> [JSON.Member] {
        var members: [JSON.Member] = []
        var keys: Set<String> = []
        position += 1
        if take("}") { return members }
        repeat {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
            let start = position
            let key = try string()
            guard keys.insert(key).inserted else { throw error("the key \"\(key)\" occurs twice", at: start) }
            guard take(":") else { throw unexpected("a colon") }
            members.append(JSON.Member(key, try value(depth: depth + 1)))
        } while take(",")
        guard take("}") else { throw unexpected("a comma or }") }
        return members
    }

    private mutating func elements(depth: Int) throws(JSONError) -> [JSON] {
        var elements: [JSON] = []
        position += 1
        if take("]") { return elements }
        repeat {
            elements.append(try value(depth: depth + 1))
        } while take(",")
        guard take("]") else { throw unexpected("a comma or ]") }
        return elements
    }

    private mutating func literal(_ text: String, _ value: JSON) throws(JSONError) -> JSON {
        guard bytes[position...].starts(with: text.utf8) else { throw unexpected("a value") }
        position += text.utf8.count
        return value
    }

    private mutating func number() throws(JSONError) -> String {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        if current == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if current == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(JSONError) {
        let start = position
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw unexpected("a digit") }
    }

    private mutating func string() throws(JSONError) -> String {
        let start = position
        position += 1
        let plainEnd = bytes[position...].firstIndex { Self.endsPlainText($0) } ?? bytes.count
        var content = Array(bytes[position..<plainEnd])
        position = plainEnd
        while let byte = current {
            position += 1
            switch UnicodeScalar(byte) {
            case "\"":
                guard let string = String(validating: content, as: UTF8.self) else {
                    throw error("a string that is not UTF-8", at: start)
                }
                return string
            case "\\": content.append(contentsOf: try escape().utf8)
            case "\u{0}"..<" ": throw error("a control character in a string", at: position - 1)
            default: content.append(byte)
            }
        }
        throw error("a string that is not terminated", at: start)
    }

    /// Whether a byte of a string is not plain text: a quote, a backslash or a control character.
    private static func endsPlainText(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20
    }

    /// Parses what follows a backslash.
    private mutating func escape() throws(JSONError) -> String {
        guard let byte = current else { throw unexpected("an escape") }
        position += 1
        switch UnicodeScalar(byte) {
        case "\"", "\\", "/": return String(UnicodeScalar(byte))
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u": return String(try unicodeScalar())
        default: throw error("an unknown escape", at: position - 2)
        }
    }

    /// Parses the scalar after `\u`. Outside the basic multilingual plane it is a pair of surrogates.
    private mutating func unicodeScalar() throws(JSONError) -> UnicodeScalar {
        let start = position - 2
        let high = try hexadecimalDigits()
        if let scalar = UnicodeScalar(high) { return scalar }
        guard high < 0xDC00, bytes[position...].starts(with: "\\u".utf8) else {
            throw error("half of a surrogate pair", at: start)
        }
        position += 2
        let low = try hexadecimalDigits()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = UnicodeScalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { throw error("half of a surrogate pair", at: start) }
        return scalar
    }

    private mutating func hexadecimalDigits() throws(JSONError) -> UInt32 {
        let digits = bytes[position...].prefix(4)
        let text = String(decoding: digits, as: UTF8.self)
        guard digits.count == 4, text.utf8.first != UInt8(ascii: "+"), let value = UInt32(text, radix: 16) else {
            throw unexpected("four hexadecimal digits")
        }
        position += 4
        return value
    }

    // MARK: - The position in the text

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// Skips spaces and then `character`. If something else follows, skips only the spaces and returns false.
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard current == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private func unexpected(_ expected: String) -> JSONError {
        guard let byte = current else { return error("expected \(expected), but the text ends here") }
        let isPrintable = (0x21...0x7E).contains(byte)
        let found = isPrintable ? "'\(UnicodeScalar(byte))'" : "byte 0x" + String(byte, radix: 16)
        return error("expected \(expected), found \(found)")
    }

    private func error(_ problem: String, at place: Int? = nil) -> JSONError {
        let before = bytes[..<(place ?? position)]
        let line = before.count { $0 == 0x0A } + 1
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return JSONError(line: line, column: before.count - lineStart + 1, problem: problem)
    }
}
