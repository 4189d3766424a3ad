import Node

/// A value that the operator wrote, and its place.
struct Setting: Sendable {
    let place: Place
    let value: JSON

    /// What is wrong with the value, and what to do about it.
    func fault(_ problem: String, _ remedy: String = "correct or remove it") -> BadInput {
        place.fault(value.compactText, problem, remedy)
    }

    /// The members of an object. Every key must be known.
    func members<Key: RawRepresentable<String> & CaseIterable & Hashable>(
        by keys: Key.Type
    ) throws(BadInput) -> [Key: Setting] {
        guard case .object(let members) = value else {
            throw fault("is \(value.kind), not an object", "write it as {\"\(Self.names(of: keys)[0])\": …}")
        }
        var settings: [Key: Setting] = [:]
        for member in members {
            guard let key = Key(rawValue: member.key) else { throw unknown(member.key, among: Self.names(of: keys)) }
            settings[key] = Setting(place: place.member(member.key), value: member.value)
        }
        return settings
    }

    /// The elements of a list, which must not be empty.
    func elements() throws(BadInput) -> [Setting] {
        guard case .array(let elements) = value else {
            throw fault("is \(value.kind), not an array", "write it as [ … ]")
        }
        guard !elements.isEmpty else { throw fault("is empty", "add an element, or remove the key") }
        return elements.enumerated().map { Setting(place: place.element($0.offset), value: $0.element) }
    }

    /// The elements of a list, which must not be empty or contain an element twice.
    /// - Parameters:
    ///   - sameness: says what two elements with the same `identity` have in common, such as "has the same code as".
    func list<Element, Identity: Hashable>(
        _ sameness: String = "is the same as", by identity: (Element) -> Identity,
        _ read: (Setting) throws(BadInput) -> Element
    ) throws(BadInput) -> [Element] {
        var list: [Element] = []
        var places: [Identity: Place] = [:]
        for setting in try elements() {
            let element = try read(setting)
            if let first = places.updateValue(setting.place, forKey: identity(element)) {
                throw setting.fault("\(sameness) \(first.path)", "remove one of them")
            }
            list.append(element)
        }
        return list
    }

    /// One of the words of `kind`.
    func word<Word: RawRepresentable<String> & CaseIterable>(of kind: Word.Type) throws(BadInput) -> Word {
        let text = try text()
        guard let word = Word(rawValue: text) else {
            let known = Self.names(of: kind)
            throw fault("is not known", Self.hint(for: text, among: known))
        }
        return word
    }

    private func unknown(_ key: String, among known: [String]) -> BadInput {
        place.member(key).fault(nil, "is not a known key", Self.hint(for: key, among: known))
    }

    private static func names<Word: RawRepresentable<String> & CaseIterable>(of kind: Word.Type) -> [String] {
        kind.allCases.map(\.rawValue)
    }

    private static func hint(for word: String, among known: [String]) -> String {
        if let meant = NearestWord.find(word, among: known) { return "write \"\(meant)\" instead" }
        return "remove it, or use one of \(known.joined(separator: ", "))"
    }
}
