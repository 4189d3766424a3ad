import Addresses
import FoundationEssentials
import Glibc
package import LinuxSystem

extension Pool {
    /// The path of pool.json in a state directory.
    package static func path(in stateDirectory: String) -> String { stateDirectory + "/pool.json" }

    /// Reads and checks the pool of a state directory. Changes nothing on the disk.
    /// - Throws: an error with the file's name. A pool without addresses is accepted, because `init` may not have
    ///   finished.
    package static func load(from stateDirectory: String) throws(BadInput) -> Pool {
        guard let pool = try loadIfPresent(from: stateDirectory) else {
            throw BadInput(
                file: path(in: stateDirectory), nil, nil, "there is no such file",
                remedy: "run \"cocoon-net init\" or \"cocoon-net adopt\" first, or name the directory with --state-dir")
        }
        return pool
    }

    /// Reads and checks the pool that a daemon is to serve. Like `load`, but the pool must have an address.
    package static func loadForService(from stateDirectory: String) throws(BadInput) -> Pool {
        let pool = try load(from: stateDirectory)
        guard !pool.ips.isEmpty else {
            if let warning = pool.warning {
                throw BadInput(file: path(in: stateDirectory), "ips", nil, "has no address to lease", remedy: warning)
            }
            throw BadInput(
                file: path(in: stateDirectory), "ips", "[]", "has no address to lease",
                remedy: "run \"cocoon-net init\" or \"cocoon-net adopt\" to the end")
        }
        return pool
    }

    /// Like `load`, but returns nil if there is no file.
    package static func loadIfPresent(from stateDirectory: String) throws(BadInput) -> Pool? {
        let path = path(in: stateDirectory)
        do {
            guard let bytes = try Files.read(path, limit: fileByteLimit) else { return nil }
            let pool = try Pool(json: JSON(parsing: bytes))
            try pool.validate()
            return pool
        } catch let error as SystemError {
            throw BadInput(file: path, nil, nil, "cannot be read: \(error.reason)", remedy: error.fileRemedy)
        } catch let error as JSONError {
            throw BadInput(
                file: path, "line \(error.line), column \(error.column):", nil, error.problem, remedy: rewriteRemedy)
        } catch let error as BadInput {
            var error = error
            error.file = path
            throw error
        } catch {
            throw BadInput(file: path, nil, nil, "cannot be read: \(error)", remedy: rewriteRemedy)
        }
    }

    /// Writes the pool into a state directory, which is created if it is missing.
    /// - Precondition: the pool is valid.
    package func save(in stateDirectory: String) throws(SystemError) {
        try Files.makeDirectory(stateDirectory, mode: 0o750)
        try Files.replace(Self.path(in: stateDirectory), with: Array(json.prettyText.utf8), mode: 0o644)
    }

    /// More than the largest pool needs, and too little to burden the host.
    private static let fileByteLimit = 64 << 20
}
