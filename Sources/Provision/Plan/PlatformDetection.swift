import Node

/// Finds out which cloud this host is in, by the metadata service that answers.
enum PlatformDetection {
    /// - Throws: when none answers, or more than one.
    static func platform(_ environment: CloudEnvironment) async throws(BadInput) -> Pool.Platform {
        async let isVolcengine = Volcengine(environment: environment).isHere()
        async let isGCE = GCE(environment: environment).isHere()
        switch await (isVolcengine, isGCE) {
        case (true, false): return .volcengine
        case (false, true): return .gke
        case (let both, _):
            let known = Pool.Platform.allCases.map(\.rawValue).joined(separator: ", ")
            let finding =
                both ? "the metadata services of both volcengine and gke answer" : "no metadata service answers"
            throw BadInput("--platform", nil, "is missing, and \(finding)", remedy: "name one of \(known)")
        }
    }
}
