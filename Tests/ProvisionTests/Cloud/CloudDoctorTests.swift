import Addresses
import FoundationEssentials
import TestCloud
import Testing

@testable import Node
@testable import Provision

@Suite("doctor's checks of a cloud")
struct CloudDoctorTests {
    private func findings(_ site: CloudSite) async throws -> [Finding] {
        let pool = try #require(try site.pool)
        return await CloudDoctor(site: site.site, pool: pool).examine()
    }

    @Test("volcengine: after init all is well; then a closed group, a detached ENI and an orphan are each reported")
    func volcengine() async throws {
        try await withCloudSite(.volcengine) { site in
            try await site.run(site.request(poolSize: 25))
            let healthy = try await findings(site)
            #expect(healthy.count == 5 && healthy.allSatisfy { $0.outcome == .good })

            site.volcengine.change { state in
                // They were made in parallel, so their order varies.
                state.enis.sort { $0.secondaryAddresses.count < $1.secondaryAddresses.count }
                state.groups["sg-1"] = []
                var orphan = state.enis[2]
                orphan.id = "eni-orphan"
                orphan.instanceID = nil
                state.enis.append(orphan)
                state.enis[1].instanceID = nil
            }
            let broken = Array(try await findings(site).dropFirst())
            #expect(broken.map(\.outcome) == [.bad, .bad, .bad, .bad])
            #expect(
                broken[0].finding?.hasPrefix("5 are assigned to no ENI of this instance, such as 172.20.100.") == true)
            #expect(broken[1].finding == "\(site.volcengine.now.enis[1].id) is not")
            #expect(broken[2].finding?.hasPrefix("sg-1 keeps out 172.20.0.0/16") == true)
            #expect(broken[3].finding == "eni-orphan holds 21 addresses")
        }
    }

    @Test("gke: the alias is there, or is missing")
    func gce() async throws {
        try await withCloudSite(.gke) { site in
            try await site.run(site.request(poolSize: 3))
            #expect(try await findings(site).map(\.outcome) == [.good, .good])
            site.gce.change { $0.aliases = [.others] }
            #expect(try await findings(site).last?.finding == "nic0 has no alias range for 172.20.100.0/24")
        }
    }

    @Test(
        "a wrong clock is reported before what it breaks",
        arguments: [(3600.0, "ahead"), (-90, "behind"), (30, nil)])
    func clock(lead: Double, direction: String?) async throws {
        try await withCloudSite(.volcengine) { site in
            var site = site
            try await site.run(site.request(poolSize: 3))
            site.site.environment.now = { Date.now.addingTimeInterval(lead) }
            let clock = try #require(try await findings(site).first)
            #expect(clock.check == "the clock agrees with the cloud's")
            #expect(clock.outcome == (direction == nil ? .good : .bad))
            // The header has whole seconds.
            let seconds = (-1...1).map { "it is \(Int(abs(lead)) + $0) s \(direction ?? ""): from" }
            #expect((direction == nil) == !seconds.contains { clock.finding?.hasPrefix($0) == true })
        }
    }

    @Test("a cloud's refusal is a finding with the vendor's words; missing keys are no finding if nothing was claimed")
    func refusal() async throws {
        try await withCloudSite(.volcengine) { site in
            var site = site
            try await site.run(site.request(poolSize: 3))
            site.volcengine.change {
                $0.faults.scheduled["DescribeSubnets"] = [.error(code: "InvalidTimestamp", status: 400)]
            }
            let refused = try await findings(site)
            #expect(refused.last?.finding?.contains("InvalidTimestamp: the vendor's words") == true)
            #expect(refused.last?.remedy == "set this host's clock: the vendor allows 15 minutes of difference")

            site.site.environment.variables["VOLCENGINE_ACCESS_KEY_ID"] = nil
            #expect(try await findings(site).map(\.outcome) == [.bad])
            var adopted = try #require(try site.pool)
            adopted.eniIDs = []
            adopted.subnetID = nil
            #expect(await CloudDoctor(site: site.site, pool: adopted).examine().map(\.outcome) == [.skipped])
        }
    }
}
