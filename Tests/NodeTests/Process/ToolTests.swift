import Testing

@testable import Node

@Suite("Programs that are run to their end")
struct ToolTests {
    @Test("a program gets its input, arguments and environment; both outputs and the exit are reported")
    func outcome() async throws {
        var tool = Tool("/bin/sh")
        tool.arguments = ["-c", "cat; echo $WORD; echo wrong >&2; exit 3"]
        tool.environment = ["WORD": "said"]
        tool.input = "given\n"
        let outcome = try #require(try await tool.run())
        #expect(outcome.output == "given\nsaid\n" && outcome.error == "wrong\n")
        #expect(outcome.ending?.contains("3") == true)
        tool.arguments = ["-c", "cat"]
        #expect(try await tool.run() == Tool.Outcome(ending: nil, output: "given\n", error: ""))
    }

    @Test(
        "a program is found by name in the system's directories; a missing one gives nil",
        arguments: ["no-such-tool", "/no/tool"])
    func missing(name: String) async throws {
        #expect(try await Tool(name).run() == nil)
        var tool = Tool("true")
        tool.environment = ["PATH": "/nowhere"]
        #expect(try await tool.run()?.ending == nil)
    }

    @Test("a program that does not end is stopped", .timeLimit(.minutes(15)))
    func endless() async throws {
        var tool = Tool("/bin/sh")
        tool.arguments = ["-c", "exec sleep 100000"]
        let error = await #expect(throws: NodeError.self) { try await tool.run(within: .milliseconds(200)) }
        #expect(error?.problem == "/bin/sh did not finish")
    }
}
