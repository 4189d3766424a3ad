import Testing

@testable import Node

@Suite("JSON documents")
struct JSONTests {
    private func parse(_ text: String) throws(JSONError) -> JSON { try JSON(parsing: Array(text.utf8)) }

    @Test("members keep their order and numbers their digits")
    func keepsEverything() throws {
        let text = #"{"z":1e400,"a":[-0,12345678901234567890.50,true,false,null],"m":{}}"#
        #expect(try parse(text).compactText == text)
    }

    @Test("escapes and surrogate pairs are read")
    func escapes() throws {
        #expect(try parse(#""\"\\\/\b\f\n\r\té😀""#) == .string("\"\\/\u{8}\u{C}\n\r\té😀"))
    }

    @Test("characters that Go escapes for HTML are read as themselves")
    func goEscapes() throws {
        #expect(try parse(#""\u003ca\u0026b\u003e""#) == .string("<a&b>"))
    }

    @Test("the pretty form has two spaces, no final newline, and short empty containers")
    func prettyForm() throws {
        let document = try parse(#"{"a":[1,{"b":"c"}],"d":[],"e":{}}"#)
        #expect(
            document.prettyText == """
                {
                  "a": [
                    1,
                    {
                      "b": "c"
                    }
                  ],
                  "d": [],
                  "e": {}
                }
                """)
    }

    @Test(
        "an error names its line, its column and what is wrong",
        arguments: [
            ("", 1, 1, "expected a value, but the text ends here"),
            ("{\n  \"a\": 1\n  \"b\": 2\n}", 3, 3, "expected a comma or }, found '\"'"),
            ("[1,2", 1, 5, "expected a comma or ], but the text ends here"),
            ("[1,]", 1, 4, "expected a value, found ']'"),
            ("{\"a\" 1}", 1, 6, "expected a colon, found '1'"),
            ("{a: 1}", 1, 2, "expected a key in quotes, found 'a'"),
            ("{\"a\":1,\"a\":2}", 1, 8, "the key \"a\" occurs twice"),
            ("\"abc", 1, 1, "a string that is not terminated"),
            ("\"a\nb\"", 1, 3, "a control character in a string"),
            (#""\x""#, 1, 2, "an unknown escape"),
            (#""\ud800""#, 1, 2, "half of a surrogate pair"),
            (#""\ud800\u0041""#, 1, 2, "half of a surrogate pair"),
            (#""\udc00\ud800""#, 1, 2, "half of a surrogate pair"),
            (#""\u+123""#, 1, 4, "expected four hexadecimal digits, found '+'"),
            ("01", 1, 2, "text after the end of the document"),
            ("-", 1, 2, "expected a digit, but the text ends here"),
            ("1.", 1, 3, "expected a digit, but the text ends here"),
            ("1e+", 1, 4, "expected a digit, but the text ends here"),
            ("truth", 1, 1, "expected a value, found 't'"),
            ("{} {}", 1, 4, "text after the end of the document"),
            ("\u{0}", 1, 1, "expected a value, found byte 0x0"),
        ])
    func errors(text: String, line: Int, column: Int, problem: String) {
        #expect(throws: JSONError(line: line, column: column, problem: problem)) { try parse(text) }
    }

    @Test("a string that is not UTF-8 is refused")
    func invalidUTF8() {
        #expect(throws: JSONError(line: 1, column: 1, problem: "a string that is not UTF-8")) {
            try JSON(parsing: [0x22, 0xC3, 0x28, 0x22])
        }
    }

    @Test("nesting has a limit")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try parse(nested(64))
        #expect(throws: JSONError.self) { try parse(nested(100_000)) }
    }

    @Test("a printed document parses to the same document", arguments: 0..<50)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let document = Self.document(depth: 4, using: &generator)
        #expect(try parse(document.prettyText) == document)
        #expect(try parse(document.compactText) == document)
    }

    @Test("any bytes are a document or an error", arguments: 0..<20)
    func anyBytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            var bytes = Array(Self.document(depth: 3, using: &generator).prettyText.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                if Bool.random(using: &generator) {
                    bytes[index] = .random(in: 0...255, using: &generator)
                } else {
                    bytes.removeSubrange(index...)
                }
            }
            if let document = try? JSON(parsing: bytes) {
                #expect((try? JSON(parsing: Array(document.prettyText.utf8))) == document)
            }
        }
    }

    private static func document(depth: Int, using generator: inout SeededGenerator) -> JSON {
        switch Int.random(in: 0...(depth > 0 ? 5 : 3), using: &generator) {
        case 0: return .null
        case 1: return .bool(.random(using: &generator))
        case 2:
            return .number(["0", "-1", "3.25", "1e9", "18446744073709551616"].randomElement(using: &generator) ?? "0")
        case 3: return .string(string(using: &generator))
        case 4:
            let count = Int.random(in: 0...4, using: &generator)
            return .array((0..<count).map { _ in document(depth: depth - 1, using: &generator) })
        default:
            let count = Int.random(in: 0...4, using: &generator)
            return .object(
                (0..<count).map { index in
                    JSON.Member("\(index)" + string(using: &generator), document(depth: depth - 1, using: &generator))
                })
        }
    }

    private static func string(using generator: inout SeededGenerator) -> String {
        let characters: [Character] = ["a", "\"", "\\", "\n", "\t", "\u{1}", "é", "😀", "<", "\u{7F}", "\u{2028}"]
        return String(
            (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                characters.randomElement(using: &generator) ?? "a"
            })
    }
}
