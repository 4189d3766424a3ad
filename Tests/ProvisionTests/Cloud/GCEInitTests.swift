import Addresses
import Testing
import TestCloud

@testable import Node
@testable import Provision

extension TestGCE.Range {
    static let others = TestGCE.Range(IPv4Network("10.8.0.0/24")!, "gke-pods")
    static let ours = TestGCE.Range(IPv4Network("172.20.100.0/24")!, "cocoon-pods")
}

@Suite("init on gke")
struct GCEInitTests {
    @Test("init makes the secondary range and the alias, records the addresses and sets up the node")
    func whole() async throws {
        try await withCloudSite(.gke) { site in
            site.gce.change {
                $0.aliases = [.others]; $0.ranges = [.others]
            }
            try await site.run(site.request())
            #expect(site.gce.now.ranges == [.others, .ours] && site.gce.now.aliases == [.others, .ours])
            let pool = try #require(try site.pool)
            #expect(pool.platform == .gke && pool.aliasRangeName == "cocoon-pods" && pool.primaryNIC == "ens4")
            #expect(pool.ips.count == 140 && pool.ips.first == IPv4Address(172, 20, 100, 2))
            #expect(site.node.steps.contains("set cni0 up"))
            site.gce.change { $0.faults.log = [] }
            try await site.run(site.request())
            #expect(site.gce.now.faults.log == ["GET instance", "GET subnetwork"])
            try await site.teardown()
            #expect(site.gce.now.ranges == [.others, .ours] && site.gce.now.aliases == [.others])
            #expect(try site.pool == nil)
        }
    }

    @Test("a range that covers the subnet is shared; one that does not is an error before anything is changed")
    func sharedRange() async throws {
        try await withCloudSite(.gke) { site in
            site.gce.change { $0.ranges = [TestGCE.Range(IPv4Network("172.20.0.0/16")!, "cocoon-pods")] }
            try await site.run(site.request(poolSize: 3))
            #expect(site.gce.now.ranges.count == 1 && site.gce.now.aliases == [.ours])
        }
        try await withCloudSite(.gke) { site in
            site.gce.change { $0.ranges = [TestGCE.Range(IPv4Network("172.20.0.0/20")!, "cocoon-pods")] }
            let error = await #expect(throws: BadInput.self) { try await site.run(site.request(poolSize: 3)) }
            #expect(
                error?.description == "--subnet 172.20.100.0/24 lies outside the secondary range cocoon-pods, "
                    + "172.20.0.0/20; use a subnet within it")
            let pool = try site.pool
            #expect(pool == nil && site.gce.now.faults.log.allSatisfy { $0.hasPrefix("GET") })
        }
    }

    @Test(
        "if somebody else changes the instance at the same time, it is read and merged again, and their change survives"
    )
    func staleFingerprint() async throws {
        try await withCloudSite(.gke) { site in
            site.gce.change {
                $0.aliases = [.others]; $0.rivalWriteCount = 2
            }
            try await site.run(site.request(poolSize: 3))
            #expect(site.gce.now.aliases == [.others, .ours])
        }
        try await withCloudSite(.gke) { site in
            site.gce.change { $0.rivalWriteCount = 100 }
            let error = await #expect(throws: CloudError.self) { try await site.run(site.request(poolSize: 3)) }
            #expect(error?.status == 412 && error?.remedy.contains("somebody else") == true)
            #expect(try site.pool?.ips == [])
            site.gce.change { $0.rivalWriteCount = 0 }
            try await site.teardown()
        }
    }

    @Test(
        "calls are retried after gateway errors, throttling and lost answers",
        arguments: [
            TestFaults.Fault.gateway(status: 503), .error(code: "rateLimitExceeded", status: 403), .lostRequest,
            .lostReply,
        ])
    func passing(_ fault: TestFaults.Fault) async throws {
        try await withCloudSite(.gke) { site in
            let calls = ["GET instance", "GET subnetwork", "PATCH instance", "PATCH subnetwork", "POST wait"]
            site.gce.change { state in for call in calls { state.faults.scheduled[call] = [fault, fault] } }
            try await site.run(site.request(poolSize: 3))
            #expect(site.gce.now.aliases == [.ours] && site.gce.now.ranges == [.ours])
        }
    }

    @Test("without permission, the error names the call and the missing right")
    func noPermission() async throws {
        try await withCloudSite(.gke) { site in
            site.gce.change { $0.faults.scheduled["PATCH instance"] = [.error(code: "forbidden", status: 403)] }
            let error = await #expect(throws: CloudError.self) { try await site.run(site.request(poolSize: 3)) }
            #expect(
                error?.description.hasPrefix(
                    "gke PATCH zones/zone-a/instances/node-1/updateNetworkInterface failed: forbidden: the vendor's words; give"
                ) == true)
            try await site.teardown()
            #expect(site.gce.now.aliases == [])
        }
    }
}
