package import Testing

/// The test makes network namespaces. If it cannot, it is skipped, or fails if no test may be skipped. At its end, the
/// hosts whose daemons it leaves running must be at rest (`RestCheck`), unless it says `endsInUnrest`.
package struct SandboxTrait: SuiteTrait, TestTrait, TestScoping {
    package let isRecursive = true

    package func prepare(for test: Test) async throws {
        let obstacle = Comment(rawValue: Rights.obstacle ?? "sandboxes can be made here")
        try await ConditionTrait.enabled(if: Rights.allowSandboxes, obstacle).prepare(for: test)
    }

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let daemons = StartedDaemons()
        try await StartedDaemons.$current.withValue(daemons, operation: function)
        if !test.traits.contains(where: { $0 is UnrestTrait }) { daemons.checkAtRest() }
    }
}

extension Trait where Self == SandboxTrait {
    /// The test makes network namespaces.
    package static var needsSandbox: SandboxTrait { SandboxTrait() }
}

extension Trait where Self == ConditionTrait {
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
