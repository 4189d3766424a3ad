/// A JSON document that can be written back as it was read: members keep their order and numbers keep their digits.
///
/// This program uses it to rewrite an operator's file, which may contain keys that this program does not know.
package enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A number as text, so that the numbers of unknown keys keep their precision.
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])

    /// One key of an object, with its value.
    package struct Member: Hashable, Sendable {
        package var key: String
        package var value: JSON

        package init(_ key: String, _ value: JSON) {
            self.key = key
            self.value = value
        }
    }

    /// An array of strings.
    package static func strings(_ values: some Sequence<some CustomStringConvertible>) -> JSON {
        .array(values.map { .string($0.description) })
    }

    /// The value of `key` in an object; nil if the key is missing or this is not an object.
    package subscript(key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// The kind of this value with its article, for errors.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
