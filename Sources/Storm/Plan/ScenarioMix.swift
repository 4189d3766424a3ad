/// Which share of the clients plays which scenario.
package struct ScenarioMix: Equatable, Sendable {
    /// Each scenario at most once, with its weight. The share of the clients that play it is its weight divided by the
    /// sum of all weights.
    package let parts: [Part]

    package struct Part: Equatable, Sendable {
        package let scenario: Scenario
        package let weight: Int
    }

    /// The largest weight. Weights around a hundred thousand could not be told apart.
    package static let weightLimit = 1000

    /// All clients play the same scenario.
    package init(_ scenario: Scenario) { parts = [Part(scenario: scenario, weight: 1)] }

    /// Reads a list such as `dora=50,renew=30,init-reboot=20`.
    package init(parsing text: String) throws(ScenarioMixError) {
        var parts: [Part] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = word.split(separator: "=", omittingEmptySubsequences: false)
            guard sides.count == 2, let weight = Int(sides[1]) else { throw .malformed(String(word)) }
            guard let scenario = Scenario(rawValue: String(sides[0])) else { throw .unknown(String(sides[0])) }
            guard (1...Self.weightLimit).contains(weight) else { throw .weight(String(sides[1])) }
            guard !parts.contains(where: { $0.scenario == scenario }) else { throw .repeated(scenario) }
            parts.append(Part(scenario: scenario, weight: weight))
        }
        self.parts = parts
    }

    /// The only scenario, or nil if there are several.
    package var single: Scenario? { parts.count == 1 ? parts[0].scenario : nil }

    /// The scenarios of the first clients; the following clients repeat them. They are mixed as evenly as possible, so
    /// that the shares are right in any long sequence of clients.
    var pattern: [Scenario] {
        let sum = parts.reduce(0) { $0 + $1.weight }
        var credits = parts.map { _ in 0 }
        return (0..<sum).map { _ in
            for number in parts.indices { credits[number] += parts[number].weight }
            let richest = parts.indices.max { credits[$0] < credits[$1] } ?? 0
            credits[richest] -= sum
            return parts[richest].scenario
        }
    }

    var beginsWithLease: Bool { parts.contains { $0.scenario.beginsWithLease } }
    var canRepeat: Bool { parts.contains { $0.scenario.canRepeat } }
}

/// Why a text is not a mix of scenarios.
package enum ScenarioMixError: Error, Equatable {
    case malformed(String)
    case unknown(String)
    case weight(String)
    case repeated(Scenario)

    /// The invalid part of the text, and what is wrong with it.
    package var problem: (value: String, text: String) {
        switch self {
        case .malformed(let word): (word, "is not a scenario with its weight, such as dora=50")
        case .unknown(let name): (name, "is not a scenario")
        case .weight(let weight): (weight, "is not a weight from 1 to \(ScenarioMix.weightLimit)")
        case .repeated(let scenario): (scenario.rawValue, "is named twice")
        }
    }
}
