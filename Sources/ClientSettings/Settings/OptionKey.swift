import FastDHCP

/// A key of `options`: all that is said of one. The file is read by the table `allCases`, errors speak by it, and the
/// reference in docs/configuration.md is written from it.
struct OptionKey: RawRepresentable, Sendable {
    /// Whom the key concerns, and who may set it.
    enum Role {
        /// The times of leases, the same for all clients: a reservation may not set them.
        case lease
        /// What clients are told: everyone, and a client by its reservation.
        case client
        /// What clients boot from: as `client`, but each kind of boot client has an answer of its own.
        case boot
    }

    /// The key in pool.json.
    let rawValue: String
    let role: Role
    /// The option that the key gives a value to, and those under which older clients ask for it; empty for a key that does
    /// something else.
    let codes: [OptionCode]
    /// Where it is defined, such as `RFC 2132 section 3.8`.
    let source: String
    /// What may stand behind the key.
    let shape: OptionShape
    /// What clients are told without it, in Markdown.
    let fallback: String
    /// A value, as pool.json has it.
    let example: String
    /// What the reference calls the option.
    let label: String
    /// Whether `custom` may send the option too: files that were written before the key was there have it so.
    let mayBeCustom: Bool

    /// - Parameter label: where it is not the codes alone.
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

    /// Whether the key is about leases, which are the same for all clients.
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
