import FoundationEssentials
import Node
import Testing

@testable import ClientSettings

/// docs/configuration.md lists exactly what is read.
@Suite("The reference of pool.json")
struct ReferenceTests {
    private let lines: [Substring]

    init() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/configuration.md")
        lines = try String(contentsOf: path, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The words in the first column of the table whose head begins with `head`.
    private func words(below head: String) throws -> [String] {
        let start = try #require(lines.firstIndex { $0.hasPrefix(head) }, "the reference has the table")
        let rows = lines[(start + 2)...].prefix { $0.hasPrefix("|") }
        return rows.flatMap { row in
            row.split(separator: "|")[0].split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }.map { String($0.element) }
        }
    }

    /// The lines between the marks of a table that scripts/write-reference writes.
    private func written(_ name: String) throws -> String {
        let start = try #require(lines.firstIndex { $0 == "<!-- table: \(name) -->" })
        return lines[(start + 1)...].prefix { $0 != "<!-- end -->" }.map { $0 + "\n" }.joined()
    }

    @Test("has the table and the example that follow from the keys; scripts/write-reference writes them")
    func written() throws {
        #expect(try written("options") == OptionReference.table)
        #expect(try written("example") == OptionReference.example)
    }

    @Test("has the keys and types that are read, in their order")
    func keys() throws {
        #expect(try words(below: "| key | option |") == OptionKey.allCases.map(\.rawValue))
        #expect(try words(below: "| key of `boot` |") == BootKey.allCases.map(\.rawValue))
        #expect(try words(below: "| `type` | `value` |") == CustomType.allCases.map(\.rawValue))
        let reservation = try words(below: "| key | meaning |")
        #expect(reservation == ReservationKey.allCases.map(\.rawValue))
    }

    @Test("has the code of each key in its row")
    func codes() throws {
        for key in OptionKey.allCases {
            let row = try #require(lines.first { $0.hasPrefix("| `\(key)` | ") })
            let numbers = row.split(separator: "|")[1].split { !$0.isNumber }
            for code in key.codes { #expect(numbers.contains("\(code)"), "\(key)") }
        }
    }

    @Test("has each key once, and each option under one key only")
    func unique() {
        let keys = OptionKey.allCases
        #expect(Set(keys.map(\.rawValue)).count == keys.count)
        let codes = keys.flatMap(\.codes)
        #expect(Set(codes).count == codes.count)
    }

    @Test("has an example that can be used")
    func example() throws {
        let start = try #require(lines.firstIndex(of: "```json"))
        let text = lines[(start + 1)...].prefix { $0 != "```" }.joined(separator: "\n")
        let pool = try Pool(json: JSON(parsing: Array(text.utf8)))
        try pool.validate()
        let settings = try PoolSettings(pool, stateDirectory: "/state")
        _ = try settings.policy(generation: 1, leaseTime: nil, mtu: 1500)
        #expect(Set(settings.everyone.values.keys) == Set(OptionKey.allCases), "the example shows every key")
    }
}
