import TestSupport
import Testing

@Suite(.needsSandbox, .endsWhenHung)
struct VersionTests {
    @Test("the three programs show the same version")
    func version() throws {
        let sandbox = try Sandbox("version")
        let programs = ["cocoon-net", "cocoon-net-provision", "cocoon-net-storm"]
        let versions = try programs.map { program in
            let path = Program.cocoonNet.dropLast("cocoon-net".count) + program
            let words = try sandbox.run([String(path), "--version"]).split(whereSeparator: \.isWhitespace)
            #expect(words.count == 2 && words.first == program[...])
            return words.last
        }
        #expect(Set(versions).count == 1)
        let numbers = try #require(versions[0]).split(separator: ".", omittingEmptySubsequences: false)
        #expect(numbers.count == 3 && numbers.allSatisfy { Int($0) != nil }, "\(versions)")
    }
}
