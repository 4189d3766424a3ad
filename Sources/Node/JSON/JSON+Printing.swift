extension JSON {
    /// The document, indented by two spaces and without a newline at its end.
    package var prettyText: String {
        var text = ""
        write(to: &text, newline: "\n")
        return text
    }

    /// The document on one line.
    package var compactText: String {
        var text = ""
        write(to: &text, newline: nil)
        return text
    }

    /// Appends this value. `newline` is a line break plus the indentation of the line on which this value begins, or
    /// nil to stay on one line.
    private func write(to text: inout String, newline: String?) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .number(let digits): text += digits
        case .string(let value): Self.write(value, to: &text)
        case .array(let values):
            Self.write(values, between: ("[", "]"), to: &text, newline: newline) { value, text, inner in
                value.write(to: &text, newline: inner)
            }
        case .object(let members):
            Self.write(members, between: ("{", "}"), to: &text, newline: newline) { member, text, inner in
                Self.write(member.key, to: &text)
                text += newline == nil ? ":" : ": "
                member.value.write(to: &text, newline: inner)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element], between brackets: (String, String), to text: inout String, newline: String?,
        _ writeElement: (Element, inout String, _ newline: String?) -> Void
    ) {
        text += brackets.0
        let inner = newline.map { $0 + "  " }
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            text += inner ?? ""
            writeElement(element, &text, inner)
        }
        if !elements.isEmpty { text += newline ?? "" }
        text += brackets.1
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        defer { text += "\"" }
        guard string.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) else {
            text += string
            return
        }
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
