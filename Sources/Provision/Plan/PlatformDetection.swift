import Node

/// Finds out which cloud this host is in: the one whose metadata service answers.
enum PlatformDetection {
    /// What is known about a cloud's metadata service.
    private enum Answer: Equatable {
        case here
        /// Why it does not count.
        case absent(String)
    }

    private enum Event {
        case answer(Pool.Platform, Answer)
        /// A service that is close by has answered by now.
        case graceIsOver
        case limitIsReached
    }

    /// - Throws: when none answers, or more than one.
    static func platform(_ environment: CloudEnvironment) async throws(BadInput) -> Pool.Platform {
        let answers = await answers(environment)
        let found = answers.filter { $0.1 == .here }.map(\.0)
        if let platform = found.first, found.count == 1 { return platform }
        let reasons = answers.compactMap { platform, answer in
            if case .absent(let reason) = answer { "\(platform.rawValue): \(reason)" } else { nil }
        }
        let finding =
            found.isEmpty
            ? "no metadata service answers (\(reasons.joined(separator: "; ")))"
            : "the metadata services of both \(found.map(\.rawValue).joined(separator: " and ")) answer"
        throw BadInput("--platform", nil, "is missing, and \(finding)", remedy: "name one of \(Clouds.names)")
    }

    /// Asks all clouds at the same time. When one answers, the others are given the time that a close service needs.
    private static func answers(_ environment: CloudEnvironment) async -> [(Pool.Platform, Answer)] {
        let clouds = Clouds.all.filter { $0.claimsAddresses }
        let (grace, limit) = (environment.patience.metadataPatience, environment.patience.detectionLimit)
        var patient = environment
        patient.patience.metadataPatience = limit
        let answers = await withTaskGroup(of: Event.self) { [patient] group in
            for cloud in clouds { group.addTask { .answer(cloud.platform, await answer(of: cloud, patient)) } }
            for (time, event) in [(grace, Event.graceIsOver), (limit, .limitIsReached)] {
                group.addTask {
                    try? await Task.sleep(for: time)
                    return event
                }
            }
            var answers: [Pool.Platform: Answer] = [:]
            var graceIsOver = false
            for await event in group {
                switch event {
                case .answer(let platform, let answer): answers[platform] = answer
                case .graceIsOver: graceIsOver = true
                case .limitIsReached: group.cancelAll()
                }
                let isFound = graceIsOver && answers.values.contains(.here)
                if isFound || answers.count == clouds.count { group.cancelAll() }
            }
            return answers
        }
        return clouds.compactMap { cloud in answers[cloud.platform].map { (cloud.platform, $0) } }
    }

    /// Asks again while the service is late or cannot answer, until the task is cancelled.
    private static func answer(of cloud: any Cloud.Type, _ environment: CloudEnvironment) async -> Answer {
        var reason = "does not answer"
        while true {
            do {
                let isHere = try await cloud.init(environment: environment).isHere()
                return isHere ? .here : .absent("does not know this host")
            } catch let error as CloudError {
                if let status = error.status { reason = "answers \(status)" }
                let mayRecover = error.isLate || (error.status ?? 0) >= 500
                // The message of a cancelled request says nothing about the service.
                let isSaid = error.status != nil || Task.isCancelled
                guard mayRecover else { return .absent(isSaid ? reason : error.message) }
            } catch {
                return .absent(error is CancellationError ? reason : "\(error)")
            }
            do { try await Task.sleep(for: environment.patience.pollInterval) } catch { return .absent(reason) }
        }
    }
}
