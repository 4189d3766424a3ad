import Synchronization
import TestSupport
import Testing

/// One sentence of an RFC that a test checks, and the servers that are known to break it.
///
/// If the subject of the run is known to differ, the test must fail. If it passes, the difference is gone, and that is
/// reported.
struct Requirement: TestTrait, TestScoping {
    /// Such as `RFC 2131 4.3.2`.
    let section: String
    /// The sentence of the RFC; `...` marks what is left out.
    let sentence: String
    /// What a server does instead.
    let differences: [Subject: Difference]

    /// The display name of the test.
    var title = ""

    func prepare(for test: Test) {
        var requirement = self
        requirement.title = test.displayName ?? test.name
        Self.registered.withLock { $0.append(requirement) }
    }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard let difference = differences[.current] else { return try await function() }
        let comment = Comment(rawValue: "\(Subject.current.title): \(difference.behaviour)")
        await withKnownIssue(comment, isIntermittent: difference.isIntermittent) { try await function() }
    }

    /// The requirements of all tests in this run, in no particular order.
    static let registered = Mutex<[Requirement]>([])
}

/// What a server does instead of what a sentence asks for.
struct Difference: ExpressibleByStringLiteral, Sendable {
    let behaviour: String
    /// Whether it shows only if other clients exchange messages in between.
    let isIntermittent: Bool

    init(stringLiteral behaviour: String) { (self.behaviour, isIntermittent) = (behaviour, false) }
    private init(intermittent behaviour: String) { (self.behaviour, isIntermittent) = (behaviour, true) }

    static func sometimes(_ behaviour: String) -> Difference { Difference(intermittent: behaviour) }
}

extension Trait where Self == Requirement {
    static func requirement(_ section: String, _ sentence: String, differs: [Subject: Difference] = [:]) -> Requirement
    {
        Requirement(section: section, sentence: sentence, differences: differs)
    }
}
