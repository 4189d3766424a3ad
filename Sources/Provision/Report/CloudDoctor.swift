import Node

/// The checks that ask a cloud.
struct CloudDoctor: Sendable {
    let site: ProvisionSite
    let pool: Pool

    /// What a cloud's first answer tells: the check that errors are about.
    static let check = "the cloud routes the pool's addresses here"

    func examine() async -> [Finding] {
        var findings: [Finding] = []
        do {
            let cloud = try Clouds.of(pool, at: Pool.path(in: site.paths.stateDirectory))
            try await cloud.init(environment: site.environment).examine(pool, &findings)
        } catch let error as BadInput where !pool.hasCloudResources {
            // Whoever adopts by hand needs no keys.
            findings.append(.skipped(Self.check, error.description))
        } catch let error as CloudError {
            var told = error
            told.remedy = ""
            findings.append(.bad(Self.check, String("\(told)".dropLast(2)), remedy: error.remedy))
        } catch {
            findings.append(.bad(Self.check, "\(error)", remedy: "see what it names"))
        }
        return findings
    }
}

extension CloudEnvironment {
    /// A wrong clock makes each signature a wrong one.
    func clock(of server: String) async -> Finding {
        let check = "the clock agrees with the cloud's"
        guard let lead = try? await clockLead(over: server) else {
            return .skipped(check, "\(server) does not tell the time")
        }
        let seconds = Int(lead / .seconds(1))
        guard abs(seconds) >= Self.clockLimitSeconds else { return .good(check) }
        return .bad(
            check, "it is \(abs(seconds)) s \(seconds > 0 ? "ahead" : "behind"): from 15 minutes on, calls are refused",
            remedy: "set it, and let NTP keep it: \"timedatectl set-ntp true\"")
    }

    private static var clockLimitSeconds: Int { 60 }
}
