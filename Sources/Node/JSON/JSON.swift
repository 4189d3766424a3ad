/// A JSON document that can be written again as it was read: members keep their order, numbers their digits.
///
/// An operator's file goes through here when this program rewrites it, with keys in it that are not ours.
package enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A number, as its text: the digits of an unknown key survive whatever their precision.
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

    /// The value of `key` in an object; nil when it is missing, or when this is no object.
    package subscript(key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// What kind of value this is, with its article, for errors.
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
