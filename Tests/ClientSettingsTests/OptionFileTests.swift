import FoundationEssentials
import Node
import Testing

@testable import FastDHCP
@testable import ClientSettings

@Suite("Options in a file of their own")
struct OptionFileTests {
    private let directory: String

    init() throws {
        directory = FileManager.default.temporaryDirectory.path + "/cocoon-net-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    /// Reads a pool whose options name the file `name`, after it has written `text` to clients.json.
    private func settings(_ name: String, _ text: String? = nil) throws -> PoolSettings {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        if let text { try Data(text.utf8).write(to: URL(filePath: directory + "/clients.json")) }
        var pool = Pool.sample
        pool.options = .string(name)
        return try PoolSettings(pool, stateDirectory: directory)
    }

    @Test("it is read from the state directory, or by its absolute path")
    func read() throws {
        for name in ["clients.json", directory + "/clients.json"] {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let policy = try settings(name, #"{"dns": ["9.9.9.9"]}"#).policy(generation: 1, leaseTime: nil, mtu: nil)
            #expect(policy.profiles[0].options[6] == [9, 9, 9, 9])
        }
    }

    @Test("an error in it names the file, and the path from its top")
    func errors() throws {
        let error = try #require(throws: BadInput.self) {
            try settings("clients.json", #"{"routes": [{"to": "10.0.0.0/8", "via": "x"}]}"#)
        }
        #expect(
            "\(error)" == #"\#(directory)/clients.json: routes[0].via "x" is not an IPv4 address; correct it"#)
    }

    @Test("an error about how its keys fit together names the file as well")
    func policyErrors() throws {
        let error = try #require(throws: BadInput.self) {
            try settings("clients.json", #"{"rebindingTime": "25h"}"#).policy(generation: 1, leaseTime: nil, mtu: nil)
        }
        #expect(error.file == directory + "/clients.json" && error.field == "rebindingTime")
    }

    @Test("a file that is not JSON is named in the error")
    func malformed() throws {
        let syntax = try #require(throws: BadInput.self) { try settings("clients.json", "{\n  \"dns\": }") }
        #expect(
            "\(syntax)"
                == "\(directory)/clients.json: line 2, column 10: expected a value, found '}'; correct it")
    }

    @Test("a file cannot name another")
    func nested() throws {
        let error = try #require(throws: BadInput.self) { try settings("clients.json", #""clients.json""#) }
        #expect(error.file == directory + "/clients.json" && error.problem == "is a string, not an object")
    }

    @Test("a missing file is an error of pool.json")
    func missing() throws {
        let error = try #require(throws: BadInput.self) { try settings("nowhere.json") }
        #expect(error.file == directory + "/pool.json" && error.field == "options" && error.value == #""nowhere.json""#)
        #expect(error.problem == "names a file that does not exist: \(directory)/nowhere.json")
        #expect(error.remedy == "create the file, or correct its name")
    }

    @Test("the error says why a file cannot be read")
    func unreadable() throws {
        let isDirectory = try #require(throws: BadInput.self) { try settings(".") }
        #expect(isDirectory.problem == "names a file that cannot be read: Is a directory")
    }

    @Test("a file of more than a mebibyte is refused")
    func tooLong() throws {
        let error = try #require(throws: BadInput.self) {
            try settings("clients.json", String(repeating: " ", count: 1 << 20) + "{}")
        }
        #expect(error.problem == "names a file that cannot be read: File too large" && error.field == "options")
    }

    @Test("an empty name is refused")
    func empty() throws {
        let error = try #require(throws: BadInput.self) { try settings("") }
        #expect(error.problem == "is empty" && error.remedy == "name a file, or write an object")
    }
}
