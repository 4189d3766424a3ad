import Node
import Testing

/// A value that is refused, and what the error must say about it.
struct Refusal: CustomTestStringConvertible, Sendable {
    let json: String
    /// The path below the key under test.
    let path: String
    let value: String?
    let problem: String
    let remedy: String

    var testDescription: String { json.count > 100 ? json.prefix(100) + "…" : json }

    /// - Parameter value: the value that the error shows, nil for none; the value of the only key unless given.
    init(
        _ json: String, at path: String, shows value: String?, _ problem: String,
        _ remedy: String = "correct or remove it"
    ) {
        self.json = json
        self.path = path
        self.value = value
        self.problem = problem
        self.remedy = remedy
    }

    init(_ json: String, at path: String, _ problem: String, _ remedy: String = "correct or remove it") {
        let value = json.hasPrefix("{") ? json.dropFirst().dropLast().drop { $0 != ":" }.dropFirst(2) : json[...]
        self.init(json, at: path, shows: String(value), problem, remedy)
    }

    /// Checks that `read` fails as it must.
    func check<Result>(under key: String, _ read: () throws -> Result) throws {
        let error = try #require(throws: BadInput.self) { _ = try read() }
        let separator = path.isEmpty || path.hasPrefix("[") ? "" : "."
        #expect(error.file == "/state/pool.json")
        #expect(error.field == key + separator + path)
        #expect(error.problem == problem)
        #expect(error.remedy == remedy)
        guard let value else {
            #expect(error.value == nil)
            return
        }
        let document = try JSON(parsing: Array(value.utf8)).compactText
        #expect(error.value == (document.count > 80 ? document.prefix(79) + "…" : document))
    }
}
