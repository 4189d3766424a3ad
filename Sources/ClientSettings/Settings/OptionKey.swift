import FastDHCP

/// A key of `options` and everything that is specific to it. The reader, the error messages and the reference in
/// docs/configuration.md all use the table `allCases`.
struct OptionKey: RawRepresentable, Sendable {
    /// What the key is about, and who may set it.
    enum Role {
        /// Lease times. They are the same for all clients: a reservation may not set them.
        case lease
        /// Options for clients: the same for everyone, unless a client's reservation sets its own.
        case client
        /// What clients boot from. Like `client`, but each kind of boot client gets its own answer.
        case boot
    }

    /// The key in pool.json.
    let rawValue: String
    let role: Role
    /// The option that the key sets, then other codes under which older clients ask for it. Empty for a key that sets
    /// no option.
    let codes: [OptionCode]
    /// Where the option is defined, such as `RFC 2132 section 3.8`.
    let source: String
    /// The values that the key accepts.
    let shape: OptionShape
    /// What clients get if the key is absent, in Markdown.
    let fallback: String
    /// An example value, as in pool.json.
    let example: String
    /// The option's name in the reference.
    let label: String
    /// Whether `custom` may send the option too. Files written before the key existed do that.
    let mayBeCustom: Bool

    /// - Parameter label: given if it differs from the list of codes.
    init(
        _ key: String, for role: Role = .client, _ codes: [OptionCode], _ source: String, _ shape: OptionShape,
        without fallback: String = "not sent", example: String, label: String? = nil,
        mayBeCustom: Bool = false
    ) {
        rawValue = key
        self.role = role
        self.codes = codes
        self.source = source
        self.shape = shape
        self.fallback = fallback
        self.example = example
        self.label = label ?? codes.map(\.description).joined(separator: ", ")
        self.mayBeCustom = mayBeCustom
    }

    init?(rawValue: String) {
        guard let key = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = key
    }

    var code: OptionCode? { codes.first }

    /// Whether the key is about lease times, which are the same for all clients.
    var isForEveryone: Bool { role == .lease }

    /// Whether the key is about what a client boots from.
    var isForBooting: Bool { role == .boot }
}

extension OptionKey: Hashable {
    static func == (left: OptionKey, right: OptionKey) -> Bool { left.rawValue == right.rawValue }

    func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

extension OptionKey: CustomStringConvertible {
    var description: String { rawValue }
}
