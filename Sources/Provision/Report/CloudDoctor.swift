import Node

/// The checks that call a cloud.
struct CloudDoctor: Sendable {
    let site: ProvisionSite
    let pool: Pool

    /// The check that errors of the cloud's calls are reported under.
    static let check = "the cloud routes the pool's addresses here"

    func examine() async -> [Finding] {
        var findings: [Finding] = []
        do {
            let cloud = try Clouds.of(pool, at: Pool.path(in: site.paths.stateDirectory))
            try await cloud.init(environment: site.environment).examine(pool, &findings)
        } catch let error as BadInput where !pool.hasCloudResources {
            // A pool without cloud resources needs no keys.
            findings.append(.skipped(Self.check, error.description))
        } catch let error as CloudError {
            var copy = error
            copy.remedy = ""
            findings.append(.bad(Self.check, String("\(copy)".dropLast(2)), remedy: error.remedy))
        } catch {
            findings.append(.bad(Self.check, "\(error)", remedy: "correct what the message names"))
        }
        return findings
    }
}

extension CloudEnvironment {
    /// Compares the clocks: with a wrong clock, every signature is wrong.
    func clock(of server: String) async -> Finding {
        let check = "the clock agrees with the cloud's"
        guard let lead = try? await clockLead(over: server) else {
            return .skipped(check, "\(server) does not send the time")
        }
        let seconds = Int(lead / .seconds(1))
        guard abs(seconds) >= Self.clockLimitSeconds else { return .good(check) }
        return .bad(
            check, "it is \(abs(seconds)) s \(seconds > 0 ? "ahead" : "behind"): from 15 minutes on, calls are refused",
            remedy: "set it, and let NTP keep it: \"timedatectl set-ntp true\"")
    }

    private static var clockLimitSeconds: Int { 60 }
}
