import TestSupport
import Testing

extension Trait where Self == ConditionTrait {
    /// The test makes network namespaces of its own.
    static var needsSandbox: ConditionTrait {
        .enabled(if: Rights.allowSandboxes, Comment(rawValue: Rights.obstacle ?? "sandboxes can be made here"))
    }

    /// The test runs a program that is not everywhere.
    static func needs(_ program: String) -> ConditionTrait {
        .enabled(
            if: Rights.mayNotSkip || Program.find(program) != nil, "\(program) is not installed: scripts/test does that"
        )
    }
}
