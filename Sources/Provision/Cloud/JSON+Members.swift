import Node

/// Accessors for reading a cloud's answers.
extension JSON {
    /// The string of `key` in an object; nil when it is missing or empty.
    func text(_ key: String) -> String? {
        guard case .string(let text) = self[key], !text.isEmpty else { return nil }
        return text
    }

    /// The number of `key` in an object; nil when it is missing or not a whole number.
    func integer(_ key: String) -> Int? {
        guard case .number(let digits) = self[key] else { return nil }
        return Int(digits)
    }

    /// The elements of the array of `key`; empty if the key is missing.
    func elements(_ key: String) -> [JSON] {
        guard case .array(let elements) = self[key] else { return [] }
        return elements
    }

    /// The strings of the array of `key`.
    func texts(_ key: String) -> [String] {
        elements(key).compactMap { if case .string(let text) = $0 { text } else { nil } }
    }
}
