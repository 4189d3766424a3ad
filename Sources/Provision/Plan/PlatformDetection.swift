import Node

/// Finds out which cloud this host is in: the one whose metadata service answers.
enum PlatformDetection {
    /// - Throws: when none answers, or more than one.
    static func platform(_ environment: CloudEnvironment) async throws(BadInput) -> Pool.Platform {
        let found = await withTaskGroup(of: Pool.Platform?.self) { group in
            for cloud in Clouds.all {
                group.addTask { await cloud.init(environment: environment).isHere() ? cloud.platform : nil }
            }
            return await group.reduce(into: Set<Pool.Platform>()) { found, platform in
                if let platform { found.insert(platform) }
            }
        }
        if let platform = found.first, found.count == 1 { return platform }
        let names = Clouds.all.map { $0.platform }.filter(found.contains).map(\.rawValue)
        let finding =
            names.isEmpty
            ? "no metadata service answers"
            : "the metadata services of both \(names.joined(separator: " and ")) answer"
        throw BadInput("--platform", nil, "is missing, and \(finding)", remedy: "name one of \(Clouds.names)")
    }
}
