import Node

/// One change in a cloud, or in the pool because of it. It may be taken again after an interruption at any point of it.
package struct CloudStep: Sendable {
    /// What is done, such as "create the subnet 172.20.100.0/24".
    package let summary: String
    /// What was found, such as "the VPC has none".
    package let reason: String
    /// The change line by line, where one line does not tell it.
    package let details: [String]
    /// Makes the change, and writes down what it made.
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

/// What is to be done in a cloud for a pool.
struct CloudPlan: Sendable {
    var steps: [CloudStep] = []
    var warnings: [String] = []
    /// What is known of the pool already, and is written down before the first step.
    var pool: Pool
}

/// Does something for each element at the same time, and to the end even where some fail.
/// - Throws: the one error, or all of them under `summary`, which is told the number of errors.
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
