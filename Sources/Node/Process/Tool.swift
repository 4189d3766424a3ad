import Subprocess
import SystemPackage

/// A program that is run to its end, with its input and output as text.
package struct Tool: Sendable {
    /// What a program printed, and how it ended.
    package struct Outcome: Sendable, Equatable {
        /// Nil where it ended well.
        package var ending: String?
        package var output: String
        package var error: String
    }

    /// The path, or a name to look for in PATH and then where the system's tools are.
    package var program: String
    package var arguments: [String] = []
    package var environment: [String: String] = [:]
    package var input = ""
    package var outputByteLimit = 1 << 20

    package init(_ program: String) { self.program = program }

    /// Where tools are when the caller's PATH, such as cron's, does not say.
    private static let systemPath = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"

    /// - Returns: nil when there is no such program.
    package func run() async throws(NodeError) -> Outcome? {
        let executable: Executable = program.contains("/") ? .path(FilePath(program)) : .name(program)
        let variables = Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0), $1) })
        for path in [nil, Self.systemPath] {
            var variables = variables.mapValues(Optional.some)
            if let path { variables["PATH"] = path }
            do {
                let result = try await Subprocess.run(
                    executable, arguments: Arguments(arguments), environment: .inherit.updating(variables),
                    input: .string(input), output: .string(limit: outputByteLimit), error: .string(limit: 1 << 20))
                return Outcome(
                    ending: result.terminationStatus.isSuccess ? nil : "\(result.terminationStatus)",
                    output: result.standardOutput, error: result.standardError)
            } catch let error as SubprocessError where error.code == .executableNotFound {
                continue
            } catch {
                throw NodeError("\(program) cannot be run", "\(error)", remedy: "run it by hand to see why")
            }
        }
        return nil
    }

    /// As `run`, for at most so long: a program that takes longer is killed.
    package func run(within patience: Duration) async throws(NodeError) -> Outcome? {
        let tool = self
        let outcome = await withTaskGroup(of: Result<Outcome?, NodeError>?.self) { group in
            group.addTask {
                do throws(NodeError) { return .success(try await tool.run()) } catch { return .failure(error) }
            }
            group.addTask {
                try? await Task.sleep(for: patience)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        guard let outcome else {
            throw NodeError("\(program) does not end", "it was stopped after \(patience)", remedy: "run it by hand")
        }
        return try outcome.get()
    }
}
