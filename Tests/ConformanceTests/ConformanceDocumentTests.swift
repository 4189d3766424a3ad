import Foundation
import Synchronization
import TestSupport
import Testing

/// docs/conformance.md is written from the requirements, so that it cannot say what no test checks.
@Suite(.needsSandbox)
struct ConformanceDocumentTests {
    private static let path =
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/conformance.md")
        .standardizedFileURL
    private static let marker = "<!-- written by the conformance tests -->\n"

    /// Compares the table, or writes it when `COCOON_UPDATE_DOCS` is set.
    @Test("the table in docs/conformance.md is up to date")
    func tableIsUpToDate() throws {
        let document = try String(contentsOf: Self.path, encoding: .utf8)
        let parts = document.components(separatedBy: Self.marker)
        try #require(parts.count == 3, "the table stands between two marker lines")
        let requirements = Requirement.registered.withLock { $0 }
        try #require(!requirements.isEmpty, "this test runs with all others of its target")
        let table = Self.table(requirements)
        if environment("COCOON_UPDATE_DOCS") != nil {
            let updated = [parts[0], table, parts[2]].joined(separator: Self.marker)
            try updated.write(to: Self.path, atomically: true, encoding: .utf8)
        } else {
            #expect(parts[1] == table, "run the conformance tests with COCOON_UPDATE_DOCS=1")
        }
    }

    private static func table(_ requirements: [Requirement]) -> String {
        let peers = Subject.allCases
        let header = "| RFC | requirement | " + peers.map(\.title).joined(separator: " | ") + " |"
        let rule = String(repeating: "|---", count: peers.count + 2) + "|"
        let rows = requirements.map { requirement in
            let verdicts = peers.map { requirement.differences[$0]?.behaviour ?? "yes" }
            return "| " + ([requirement.section, requirement.title] + verdicts).joined(separator: " | ") + " |"
        }
        return ([header, rule] + rows.sorted { $0.localizedStandardCompare($1) == .orderedAscending })
            .map { $0 + "\n" }.joined()
    }
}
