package import Testing

extension Trait where Self == ConditionTrait {
    /// The test makes network namespaces. If it cannot, it is skipped, or fails if no test may be skipped.
    package static var needsSandbox: ConditionTrait {
        .enabled(if: Rights.allowSandboxes, Comment(rawValue: Rights.obstacle ?? "sandboxes can be made here"))
    }

    /// The test runs a program that is not installed everywhere.
    package static func needs(_ program: String) -> ConditionTrait {
        let isThere = Rights.mayNotSkip || Program.find(program) != nil
        return .enabled(if: isThere, "\(program) is not installed; scripts/test does that")
    }
}

extension Trait where Self == TimeLimitTrait {
    /// Ends a test that hangs. The clocks of all tests of a run start with the first test, and they keep running while
    /// a test waits for a thread, so this limit says nothing about speed.
    package static var endsWhenHung: TimeLimitTrait { .timeLimit(.minutes(15)) }
}
