import Addresses
import FoundationEssentials
import LinuxSystem
import Synchronization
import Testing
import TestCloud

@testable import Node
@testable import Provision

@Suite("Errors of clouds")
struct CloudBadInputTests {
    @Test("the platform is the one whose metadata service answers; if none or both do, the error says so")
    func detection() async throws {
        for (place, platform) in [(CloudSite.Place.volcengine, Pool.Platform.volcengine), (.gke, .gke)] {
            try await withCloudSite(place) { site in
                let found = try await PlatformDetection.platform(site.site.environment)
                #expect(found == platform)
            }
        }
        for (place, words) in [
            (CloudSite.Place.nowhere, "no metadata service answers (gke: no answer from"),
            (.both, "both gke and volcengine answer"),
        ] {
            try await withCloudSite(place) { site in
                let error = await #expect(throws: BadInput.self) { try await site.run(site.request()) }
                #expect(error?.field == "--platform" && error?.problem.contains(words) == true)
                let pool = try site.pool
                #expect(pool == nil)
            }
        }
    }

    @Test("a metadata service that is busy is asked again; the error says whether it is busy or silent")
    func lateMetadata() async throws {
        try await withCloudSite(.volcengine) { site in
            let busy = Serving.reply(status: 503, body: "")
            var environment = site.site.environment
            environment.patience.detectionLimit = .seconds(600)
            site.volcengine.change { $0.metadataFaults = Array(repeating: busy, count: 40) }
            let found = try await PlatformDetection.platform(environment)
            #expect(found == .volcengine)
            environment.patience.pollInterval = .milliseconds(20)
            environment.patience.metadataPatience = .milliseconds(50)
            // Long: other tests keep the threads busy for seconds.
            environment.patience.detectionLimit = .seconds(12)
            for (fault, words) in [(busy, "volcengine: answers 503"), (.hang, "volcengine: does not answer")] {
                site.volcengine.change { $0.metadataFaults = Array(repeating: fault, count: 10_000) }
                let error = await #expect(throws: BadInput.self) { try await PlatformDetection.platform(environment) }
                #expect(error?.problem.contains(words) == true)
            }
        }
    }

    @Test("an attempt that hangs is given up and made again, with a line of progress")
    func hanging() async throws {
        try await withCloudSite(.volcengine) { site in
            var site = site
            let lines = Mutex<[String]>([])
            site.site.environment.patience.attemptPatience = .seconds(8)
            site.site.environment.patience.report = { line in lines.withLock { $0.append(line) } }
            site.volcengine.change { $0.faults.scheduled["CreateSubnet"] = [.hang, .hang] }
            try await site.run(site.request(poolSize: 3))
            #expect(try site.pool?.ips.count == 3)
            let told = lines.withLock { $0 }.filter { $0.hasPrefix("vpc CreateSubnet: ") }
            #expect(told.count == 2 && told[0].contains("no answer from http://127.0.0.1:"))
            #expect(told[0].hasSuffix("within 8.0 seconds; attempt 2 of 4"))
        }
    }

    @Test("a host that is not known is an error at once")
    func unknownHost() async throws {
        try await withCloudSite(.volcengine) { site in
            var site = site
            site.site.environment.variables["COCOON_NET_VOLCENGINE_ENDPOINT"] = "http://vendor.invalid"
            let error = await #expect(throws: CloudError.self) { try await site.run(site.request(poolSize: 3)) }
            #expect(error?.message == "cannot resolve vendor.invalid" && error?.remedy.contains("ENDPOINT") == true)
            #expect(error?.isPassing == false)
        }
    }

    @Test(
        "errors name the call, the code, the request and the remedy, and leave nothing behind",
        arguments: [
            ("DescribeSubnets", "SignatureDoesNotMatch", "check the access key"),
            ("DescribeSubnets", "InvalidTimestamp", "set this host's clock"),
            ("DescribeNetworkInterfaces", "AccessDenied", "the right to call vpc DescribeNetworkInterfaces"),
            ("CreateSubnet", "AccessDenied.Forbidden", "the right to call vpc CreateSubnet"),
            ("CreateNetworkInterface", "LimitExceeded.PrivateIpsPerEni", "an instance type with a higher limit"),
            ("CreateNetworkInterface", "Weird", "correct what the message names"),
        ])
    func refusals(call: String, code: String, remedy: String) async throws {
        try await withCloudSite(.volcengine) { site in
            site.volcengine.change { $0.faults.scheduled[call] = [.error(code: code, status: 400)] }
            let error = await #expect(throws: CloudError.self) { try await site.run(site.request(poolSize: 3)) }
            let text = error?.description ?? ""
            #expect(text.hasPrefix("vpc \(call) failed: \(code): the vendor's words (request request-"))
            #expect(text.contains(remedy) && !text.contains("SKEXAMPLE"))
            if try site.pool != nil { try await site.teardown(deletesSubnet: true) }
            #expect(site.volcengine.now.secondaryENIs == [] && site.volcengine.now.subnets.count == 1)
        }
    }

    @Test("the gateway in front of the API has errors of its own: throttling is retried, a refusal is reported")
    func gatewayErrors() async throws {
        try await withCloudSite(.volcengine) { site in
            site.volcengine.change {
                $0.faults.scheduled["DescribeSubnets"] = [
                    .gatewayError(code: "FlowLimitExceeded", status: 429),
                    .gatewayError(code: "AccessDenied", status: 403),
                ]
            }
            let error = await #expect(throws: CloudError.self) { try await site.run(site.request(poolSize: 3)) }
            #expect(error?.code == "AccessDenied" && error?.message == "the vendor's words")
        }
    }

    @Test("a subnet that is too small for the pool and its ENIs is an error before anything is made")
    func smallSubnet() async throws {
        try await withCloudSite(.volcengine) { site in
            var request = site.request(poolSize: 13)
            request.subnet = "172.20.100.0/28"
            let error = await #expect(throws: BadInput.self) { try await site.run(request) }
            #expect(error?.field == "--pool-size" && error?.remedy == "use a larger subnet, or at most 12")
            #expect(site.volcengine.now.faults.log.allSatisfy { $0.hasPrefix("Describe") })
            request.poolSize = 12
            try await site.run(request)
            #expect(try site.pool?.ips.count == 12)
        }
    }

    @Test("a wrong secret is refused by the cloud, and the error does not show it")
    func wrongSecret() async throws {
        try await withCloudSite(.volcengine) { site in
            site.volcengine.change { $0.secretAccessKey = "another" }
            let error = await #expect(throws: CloudError.self) { try await site.run(site.request(poolSize: 3)) }
            #expect(error?.code == "SignatureDoesNotMatch" && error?.description.contains("SKEXAMPLE") == false)
        }
    }

    @Test("an answer that is not from the API is reported, with its beginning")
    func malformedAnswer() async throws {
        try await withCloudSite(.volcengine) { site in
            site.volcengine.change { $0.faults.scheduled["DescribeSubnets"] = [.gateway(status: 200)] }
            let error = await #expect(throws: CloudError.self) { try await site.run(site.request(poolSize: 3)) }
            #expect(
                error?.message.contains("<html>busy</html>") == true
                    && error?.remedy.contains("the vendor's API") == true)
        }
    }

    @Test(
        "a subnet that overlaps, lies outside or is in another zone, and a pool beyond the limits",
        arguments: [
            ("172.20.100.0/25", nil, "overlaps the subnet 172.20.100.0/25 (subnet-x) of the VPC"),
            ("10.1.0.0/24", nil, "lies outside the VPC's 172.20.0.0/16"),
            ("172.20.100.0/24", nil, "is in the zone cn-test-b, and this instance in cn-test-a"),
            ("", 141, "needs 8 ENIs, and this instance can have 7 with 20 addresses each"),
        ] as [(String, Int?, String)])
    func wrongSubnet(network: String, poolSize: Int?, problem: String) async throws {
        try await withCloudSite(.volcengine) { site in
            var request = site.request(poolSize: poolSize ?? 3)
            if problem.contains("outside") {
                request.subnet = network
            } else if !network.isEmpty {
                site.volcengine.change {
                    $0.subnets.append(
                        TestVolcengine.Subnet(id: "subnet-x", network: IPv4Network(network)!, zone: "cn-test-b"))
                }
            }
            let error = await #expect(throws: BadInput.self) { try await site.run(request) }
            #expect(error?.problem == problem && error?.remedy.isEmpty == false)
            let pool = try site.pool
            #expect(pool == nil)
            #expect(site.volcengine.now.faults.log.allSatisfy { $0.hasPrefix("Describe") })
        }
    }

    @Test("another subnet, node or platform while the cloud's resources are claimed is refused")
    func otherRequest() async throws {
        try await withCloudSite(.both) { site in
            var request = site.request(poolSize: 3)
            request.platform = "volcengine"
            try await site.run(request)
            let pool = try site.pool
            for change in [\PoolRequest.subnet: "172.20.101.0/24", \.nodeName: "node-2"] {
                var other = request
                other[keyPath: change.key] = change.value
                let error = await #expect(throws: BadInput.self) { try await site.run(other) }
                #expect(error?.remedy == "run \"cocoon-net teardown\" first")
            }
            request.platform = "gke"
            await #expect(throws: BadInput.self) { try await site.run(request) }
            #expect(try site.pool == pool)
        }
    }

    @Test("an ENI that somebody has attached elsewhere stays in pool.json, and the others are released")
    func attachedElsewhere() async throws {
        try await withCloudSite(.volcengine) { site in
            try await site.run(site.request(poolSize: 60))
            site.volcengine.change { $0.enis[2].instanceID = "i-2" }
            let error = await #expect(throws: CloudErrors.self) { try await site.teardown() }
            let text = error.map { "\($0)" } ?? ""
            #expect(
                text.contains("1 of 3 ENIs could not be released")
                    && text.contains("is attached to another instance, i-2"))
            #expect(try site.pool?.eniIDs == site.volcengine.now.secondaryENIs.map(\.id))
            #expect(site.volcengine.now.secondaryENIs.count == 1)
        }
    }

    @Test("a subnet with somebody's ENI in it is not deleted")
    func busySubnet() async throws {
        try await withCloudSite(.volcengine) { site in
            try await site.run(site.request(poolSize: 3))
            site.volcengine.change { state in
                var foreign = state.enis[1]
                foreign.id = "eni-foreign"
                foreign.instanceID = nil
                state.enis.append(foreign)
            }
            let error = await #expect(throws: CloudError.self) { try await site.teardown(deletesSubnet: true) }
            #expect(error?.message.contains("is not empty: eni-foreign") == true)
            #expect(try site.pool?.subnetID != nil && site.pool?.eniIDs == [])
            let plan = try await site.teardown()
            #expect(plan.warnings.contains { $0.contains("stays in the VPC: --delete-subnet") })
        }
    }

    @Test("--delete-subnet leaves a subnet that init did not make, and says so")
    func foreignSubnet() async throws {
        try await withCloudSite(.volcengine) { site in
            let network = IPv4Network("172.20.100.0/24")!
            site.volcengine.change { $0.subnets.append(TestVolcengine.Subnet(id: "subnet-hand", network: network)) }
            try await site.run(site.request(poolSize: 3))
            let plan = try await site.teardown(deletesSubnet: true)
            #expect(plan.warnings.contains("the subnet subnet-hand stays in the VPC: init did not make it"))
            #expect(site.volcengine.now.subnets.map(\.id) == ["subnet-host", "subnet-hand"])
            #expect(try site.pool == nil && site.volcengine.now.secondaryENIs == [])
        }
    }

    @Test("an ENI that teardown could not delete stays in pool.json when init succeeds later")
    func stuckENI() async throws {
        try await withCloudSite(.volcengine) { site in
            try await site.run(site.request(poolSize: 25))
            site.volcengine.change { $0.enis[1].instanceID = "i-2" }
            await #expect(throws: CloudErrors.self) { try await site.teardown() }
            let stuck = try #require(try site.pool?.eniIDs.first)
            try await site.run(site.request(poolSize: 25))
            #expect(try site.pool?.eniIDs.contains(stuck) == true && site.pool?.ips.count == 25)
            site.volcengine.change { $0.enis[1].instanceID = nil }
            try await site.teardown()
            #expect(site.volcengine.now.secondaryENIs == [])
        }
    }

    @Test(
        "the error names an endpoint that is not a URL",
        arguments: ["COCOON_NET_VOLCENGINE_ENDPOINT", "COCOON_NET_VOLCENGINE_METADATA"], ["localhost:80", " ", "0"])
    func endpoints(name: String, value: String) async throws {
        try await withCloudSite(.volcengine) { site in
            var site = site
            site.site.environment.variables[name] = value
            var request = site.request()
            request.platform = "volcengine"
            let error = await #expect(throws: BadInput.self) { try await site.run(request) }
            #expect(error?.field == name && error?.value?.contains(value) == true)
        }
    }

    @Test(
        "an empty endpoint variable counts as unset",
        arguments: [
            "COCOON_NET_VOLCENGINE_ENDPOINT", "COCOON_NET_VOLCENGINE_METADATA", "COCOON_NET_GCE_ENDPOINT",
            "COCOON_NET_GCE_METADATA",
        ])
    func emptyEndpoint(name: String) throws {
        let environment = CloudEnvironment(variables: [name: ""])
        #expect(try environment.url(name, default: "https://vendor") == "https://vendor")
        for value in [" ", "0"] {
            let error = #expect(throws: BadInput.self) {
                try CloudEnvironment(variables: [name: value]).url(name, default: "https://vendor")
            }
            #expect(error?.field == name)
        }
    }
}

@Suite("Where volcengine's keys and metadata come from")
struct VolcengineAccessTests {
    private static let keys = ["VOLCENGINE_ACCESS_KEY_ID", "VOLCENGINE_SECRET_ACCESS_KEY"]

    /// Runs init with these variables and this file, in a cloud that accepts only the keys `SKEXAMPLE/+=`.
    private func run(
        _ variables: [String: String], file: String? = nil,
        prepare: @escaping @Sendable (inout TestVolcengine.State) -> Void = { _ in }
    )
        async throws
    {
        try await withCloudSite(.volcengine) { site in
            var site = site
            for name in Self.keys { site.site.environment.variables[name] = nil }
            site.site.environment.variables.merge(variables) { $1 }
            if let file {
                try Files.makeDirectory(site.directory + "/.volcengine", mode: 0o700)
                try Files.replace(site.directory + "/.volcengine/config.json", with: Array(file.utf8), mode: 0o600)
            }
            site.volcengine.change(prepare)
            try await site.run(site.request(poolSize: 3))
            #expect(try site.pool?.ips.count == 3)
            let text = String(
                decoding: try Files.read(Pool.path(in: site.directory), limit: 1 << 20) ?? [], as: UTF8.self)
            #expect(!text.contains("EXAMPLE") && !text.contains("session-1"))
        }
    }

    @Test("the environment, in both spellings, with a session token and a region")
    func environment() async throws {
        try await run([
            "VOLCENGINE_ACCESS_KEY_ID": "AKEXAMPLE", "VOLCENGINE_SECRET_ACCESS_KEY": "SKEXAMPLE/+=",
            "VOLCENGINE_REGION": "cn-test",
        ])
        try await run(
            [
                "VOLCENGINE_ACCESS_KEY": "AKEXAMPLE", "VOLCENGINE_SECRET_KEY": "SKEXAMPLE/+=",
                "VOLCENGINE_SESSION_TOKEN": "session-1",
            ]
        ) { $0.sessionToken = "session-1" }
        await #expect(throws: CloudError.self) {
            try await run([
                "VOLCENGINE_ACCESS_KEY": "AKEXAMPLE", "VOLCENGINE_SECRET_KEY": "SKEXAMPLE/+=",
                "VOLCENGINE_REGION": "cn-other",
            ])
        }
    }

    @Test("the vendor's file, flat or with profiles")
    func file() async throws {
        try await run(
            [:], file: #"{"access_key_id": "AKEXAMPLE", "secret_access_key": "SKEXAMPLE/+=", "region": "cn-test"}"#)
        let profiles =
            #"{"current": "b", "profiles": {"a": {"access-key": "x", "secret-key": "y"}, "b": {"access-key": "AKEXAMPLE","#
            + #""secret-key": "SKEXAMPLE/+=", "session-token": "session-1", "region": "cn-test"}}}"#
        try await run([:], file: profiles) { $0.sessionToken = "session-1" }
        try await run(["VOLCENGINE_PROFILE": "b"], file: profiles.replacing(#""b", "p"#, with: #""a", "p"#)) {
            $0.sessionToken = "session-1"
        }
    }

    @Test("the instance's role, through a metadata service that requires a token and spells names with underscores")
    func role() async throws {
        try await run([:]) { state in
            state.role = "role-1"
            state.sessionToken = "session-1"
            state.asksForToken = true
            state.spellsUnderscores = true
        }
    }

    @Test("keys of a role that change in the middle of a run are fetched again", arguments: [3, 9, 14])
    func rotation(call: Int) async throws {
        try await run([:]) { state in
            state.role = "role-1"
            state.sessionToken = "session-1"
            state.rotatesKeysAt = call
        }
    }

    @Test("without keys, the error names all places where they can be")
    func nowhere() async throws {
        let error = await #expect(throws: BadInput.self) { try await run([:]) }
        #expect(error?.field == "VOLCENGINE_ACCESS_KEY_ID" && error?.problem.contains("config.json") == true)
        let damaged = await #expect(throws: BadInput.self) { try await run([:], file: "{\n") }
        #expect(damaged?.field == "line 2, column 1:")
    }
}
