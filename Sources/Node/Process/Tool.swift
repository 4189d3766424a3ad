import Subprocess
import SystemPackage

/// A program to run until it ends, with its input and output as text.
package struct Tool: Sendable {
    /// What a program printed, and how it ended.
    package struct Outcome: Sendable, Equatable {
        /// How the program failed; nil if it succeeded.
        package var ending: String?
        package var output: String
        package var error: String
    }

    /// The path, or a name to look for in PATH and then in the system's tool directories.
    package var program: String
    package var arguments: [String] = []
    package var environment: [String: String] = [:]
    package var input = ""
    package var outputByteLimit = 1 << 20

    package init(_ program: String) { self.program = program }

    /// The directories to search if the tool is not in the caller's PATH, such as cron's.
    private static let systemPath = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"

    /// - Returns: nil if there is no such program.
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

    /// Like `run`, but kills a program that takes longer than `patience`.
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
            throw NodeError("\(program) did not finish", "it was stopped after \(patience)", remedy: "run it by hand")
        }
        return try outcome.get()
    }
}
