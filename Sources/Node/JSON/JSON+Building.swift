extension JSON {
    /// An object with those of the members that have a value, in this order.
    package static func members(_ members: KeyValuePairs<String, JSON?>) -> JSON {
        .object(members.compactMap { member in member.value.map { Member(member.key, $0) } })
    }

    package static func number(_ value: some BinaryInteger) -> JSON { .number("\(value)") }

    package static func text(_ value: some CustomStringConvertible) -> JSON { .string(value.description) }
}
