package import Testing

extension Trait where Self == ConditionTrait {
    /// The test makes network namespaces of its own. Where it cannot, it is skipped, or fails where none may be
    /// skipped.
    package static var needsSandbox: ConditionTrait {
        .enabled(if: Rights.allowSandboxes, Comment(rawValue: Rights.obstacle ?? "sandboxes can be made here"))
    }

    /// The test runs a program that is not everywhere.
    package static func needs(_ program: String) -> ConditionTrait {
        let isThere = Rights.mayNotSkip || Program.find(program) != nil
        return .enabled(if: isThere, "\(program) is not installed; scripts/test does that")
    }
}

extension Trait where Self == TimeLimitTrait {
    /// Ends a test that hangs. The clock of each test of a run starts with the first of them, and goes on while a
    /// test waits for a thread, so this says nothing about speed.
    package static var endsWhenHung: TimeLimitTrait { .timeLimit(.minutes(15)) }
}
