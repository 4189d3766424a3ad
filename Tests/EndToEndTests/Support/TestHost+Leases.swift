import Foundation
import Glibc
import TestSupport

extension TestHost {
    /// The rows of leases.json.
    /// - Throws: when the file is not complete JSON.
    func leaseRows() throws -> [LeaseRow] {
        let text = sandbox.read(TestHost.leaseFile) ?? "null"
        return try JSONDecoder().decode([LeaseRow]?.self, from: Data(text.utf8)) ?? []
    }
}

extension Daemon {
    /// Kills the daemon and waits for its end.
    func kill() throws {
        process.send(SIGKILL)
        _ = try process.wait()
    }
}

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
