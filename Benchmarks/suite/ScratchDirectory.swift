import FoundationEssentials

/// A directory for the files of one benchmark, removed when the benchmark ends. It is on the disk that TMPDIR names.
final class ScratchDirectory {
    let path: String

    init() throws {
        let name = "cocoon-net-benchmark-\(UUID().uuidString)"
        path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
