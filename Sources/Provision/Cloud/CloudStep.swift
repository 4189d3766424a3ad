import Node

/// One change in a cloud, or in the pool because of it. The step can be repeated after an interruption at any point.
package struct CloudStep: Sendable {
    /// What is done, such as "create the subnet 172.20.100.0/24".
    package let summary: String
    /// Why it is done, such as "the VPC has none".
    package let reason: String
    /// The parts of the change, one per line, where the summary is not enough.
    package let details: [String]
    /// Makes the change, and records in the pool what it made.
    let perform: @Sendable (PoolBook) async throws -> Void

    init(
        _ summary: String, because reason: String, details: [String] = [],
        perform: @escaping @Sendable (PoolBook) async throws -> Void
    ) {
        self.summary = summary
        self.reason = reason
        self.details = details
        self.perform = perform
    }
}

/// What to do in a cloud for a pool.
struct CloudPlan: Sendable {
    var steps: [CloudStep] = []
    var warnings: [String] = []
    /// The pool as far as it is known. It is saved before the first step.
    var pool: Pool
}

/// Runs `body` for all elements in parallel, and finishes all of them even if some fail.
/// - Throws: the error of the only element, or all errors under `summary`, which receives the number of errors.
func inParallel<Element: Sendable>(
    _ elements: [Element], orThrow summary: (Int) -> String, _ body: @escaping @Sendable (Element) async throws -> Void
) async throws {
    let errors = await withTaskGroup(of: (any Error)?.self) { group in
        for element in elements {
            group.addTask {
                do {
                    try await body(element)
                    return nil
                } catch {
                    return error
                }
            }
        }
        return await group.reduce(into: [any Error]()) { errors, error in if let error { errors.append(error) } }
    }
    guard let first = errors.first else { return }
    if errors.count == 1 && elements.count == 1 { throw first }
    throw CloudErrors(errors: errors, summary: summary(errors.count))
}
