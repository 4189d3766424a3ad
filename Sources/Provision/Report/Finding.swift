package import Node

/// The result of one check.
package struct Finding: Sendable, Equatable {
    package enum Outcome: String, Sendable {
        case good
        /// Something is wrong.
        case bad
        /// The check could not be made, or does not apply here.
        case skipped
    }

    /// What was checked, such as "the daemon runs".
    package let check: String
    package let outcome: Outcome
    /// What was found; nil if all is well.
    package let finding: String?
    /// What to do about it.
    package let remedy: String?

    static func good(_ check: String) -> Finding { Finding(check: check, outcome: .good, finding: nil, remedy: nil) }

    static func bad(_ check: String, _ finding: String, remedy: String) -> Finding {
        Finding(check: check, outcome: .bad, finding: finding, remedy: remedy)
    }

    static func skipped(_ check: String, _ reason: String) -> Finding {
        Finding(check: check, outcome: .skipped, finding: reason, remedy: nil)
    }

    /// Good if there are no problems, else bad.
    static func unless(_ problems: [String], _ check: String, remedy: String) -> Finding {
        problems.isEmpty ? good(check) : bad(check, problems.joined(separator: "; "), remedy: remedy)
    }

    /// One line with the result, and a second one with the remedy if there is one.
    package var text: String {
        let mark =
            switch outcome {
            case .good: "ok    "
            case .bad: "FAILED"
            case .skipped: "-     "
            }
        let found = finding.map { ": " + $0 } ?? ""
        return "\(mark)  \(check)\(found)\n" + (remedy.map { "        what to do: \($0)\n" } ?? "")
    }

    package var json: JSON {
        .object(
            [JSON.Member("check", .string(check)), JSON.Member("outcome", .string(outcome.rawValue))]
                + [("finding", finding), ("remedy", remedy)].compactMap { key, value in
                    value.map { JSON.Member(key, .string($0)) }
                })
    }
}
