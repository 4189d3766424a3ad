import Foundation

/// What a test leaves for people and programs to read, beside the logs of scripts/test.
enum TestRecord {
    static func write(_ record: some Encodable, to name: String) throws {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let folder = "/\(root)/.build/test-logs"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(record).write(to: URL(filePath: "\(folder)/\(name)"))
    }
}
