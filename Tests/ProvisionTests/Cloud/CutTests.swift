import Addresses
import TestCloud
import Testing

@testable import Node
@testable import Provision

/// The call from which on nobody answers, and whether that call still takes effect.
struct Cut: Sendable, CustomTestStringConvertible {
    var number: Int
    var hasEffect: Bool
    var testDescription: String { "at call \(number), \(hasEffect ? "after" : "before") its effect" }

    static func all(upTo count: Int) -> [Cut] {
        (1...count).flatMap { [Cut(number: $0, hasEffect: false), Cut(number: $0, hasEffect: true)] }
    }
}

@Suite("A run that is interrupted at any call", .serialized)
struct CutTests {
    /// More calls than a complete run makes, so that the last cuts never happen.
    private static let volcengineCallCount = 32
    private static let gceCallCount = 16

    @Test(
        "volcengine: init continues after an interruption, and nothing is made twice",
        arguments: Cut.all(upTo: volcengineCallCount))
    func volcengineInit(_ cut: Cut) async throws {
        try await withCloudSite(.volcengine) { site in
            let wasCut = await site.runCut(cut, volcengine: true) { try await site.run(site.request(poolSize: 25)) }
            try await site.run(site.request(poolSize: 25))
            let cloud = site.volcengine.now
            #expect(cloud.secondaryENIs.map(\.secondaryAddresses.count).sorted() == [5, 20])
            #expect(cloud.secondaryENIs.allSatisfy { $0.status == "InUse" } && cloud.subnets.count == 2)
            let pool = try #require(try site.pool)
            #expect(pool.eniIDs.sorted() == cloud.secondaryENIs.map(\.id).sorted())
            #expect(pool.ips == cloud.secondaryENIs.flatMap(\.secondaryAddresses).sorted() && pool.pendingENIs == [])
            #expect(wasCut || cut.number > 16)
        }
    }

    @Test(
        "volcengine: teardown undoes an unfinished init, and leaves what is not ours",
        arguments: Cut.all(upTo: volcengineCallCount))
    func volcengineTeardown(_ cut: Cut) async throws {
        try await withCloudSite(.volcengine) { site in
            site.volcengine.change { state in
                var foreign = state.enis[0]
                foreign.id = "eni-foreign"
                foreign.isPrimary = false
                state.enis.append(foreign)
            }
            _ = await site.runCut(cut, volcengine: true) { try await site.run(site.request(poolSize: 25)) }
            // Nothing was made before pool.json was written.
            if try site.pool != nil { try await site.teardown(deletesSubnet: true) }
            #expect(site.volcengine.now.secondaryENIs.map(\.id) == ["eni-foreign"])
            #expect(site.volcengine.now.secondaryENIs.first?.instanceID == TestVolcengine.instanceID)
            #expect(site.volcengine.now.subnets.map(\.id) == ["subnet-host"])
            #expect(try site.pool == nil)
        }
    }

    @Test(
        "volcengine: an interrupted teardown is finished by the next one", arguments: Cut.all(upTo: volcengineCallCount)
    )
    func volcengineTeardownTwice(_ cut: Cut) async throws {
        try await withCloudSite(.volcengine) { site in
            try await site.run(site.request(poolSize: 25))
            _ = await site.runCut(cut, volcengine: true) { try await site.teardown(deletesSubnet: true) }
            if try site.pool != nil { try await site.teardown(deletesSubnet: true) }
            #expect(site.volcengine.now.secondaryENIs == [] && site.volcengine.now.subnets.map(\.id) == ["subnet-host"])
        }
    }

    @Test(
        "volcengine: --subnet auto with a rival at the first block ends the same, wherever it is interrupted",
        arguments: Cut.all(upTo: volcengineCallCount))
    func volcengineChoice(_ cut: Cut) async throws {
        try await withCloudSite(.volcengine) { site in
            let rival = IPv4Network(containing: IPv4Address(172, 20, 1, 0), prefixLength: 24)
            site.volcengine.change { $0.rivalSubnets = [rival] }
            let wasCut = await site.runCut(cut, volcengine: true) { try await site.run(site.choosingRequest()) }
            #expect(wasCut || cut.number > 27)
            try await site.run(site.choosingRequest())
            let cloud = site.volcengine.now
            #expect(cloud.subnets.map(\.network.description).suffix(2) == ["172.20.1.0/24", "172.20.2.0/24"])
            #expect(cloud.subnets.count == 3 && cloud.secondaryENIs.map(\.subnetID) == [cloud.subnets[2].id])
            let pool = try #require(try site.pool)
            #expect(pool.subnetID == cloud.subnets[2].id && pool.subnet == cloud.subnets[2].network)
            #expect(pool.ips == cloud.secondaryENIs.flatMap(\.secondaryAddresses) && pool.pendingENIs == [])
            try await site.teardown(deletesSubnet: true)
            #expect(site.volcengine.now.subnets.map(\.network.description) == ["172.20.0.0/24", "172.20.1.0/24"])
        }
    }

    @Test(
        "gke: --subnet auto with a rival at the first block ends the same, wherever it is interrupted",
        arguments: Cut.all(upTo: gceCallCount * 3 / 2))
    func gceChoice(_ cut: Cut) async throws {
        try await withCloudSite(.gke) { site in
            site.gce.change { state in
                let rival = IPv4Network(containing: IPv4Address(172, 20, 0, 0), prefixLength: 24)
                state.rivalAliases = [.init(rival, "cocoon-pods")]
                state.aliases = [.others]
            }
            let wasCut = await site.runCut(cut, volcengine: false) { try await site.run(site.choosingRequest()) }
            #expect(wasCut || cut.number > 20)
            try await site.run(site.choosingRequest())
            #expect(site.gce.now.aliases.map(\.network.description) == ["10.8.0.0/24", "172.20.1.0/24"])
            #expect(site.gce.now.ranges.map(\.network.description) == ["172.20.0.0/16"])
            let pool = try #require(try site.pool)
            #expect(pool.subnet.description == "172.20.1.0/24" && pool.ips.count == 3)
            try await site.teardown()
            #expect(site.gce.now.aliases == [.others])
        }
    }

    @Test("gke: init continues after an interruption", arguments: Cut.all(upTo: gceCallCount))
    func gceInit(_ cut: Cut) async throws {
        try await withCloudSite(.gke) { site in
            site.gce.change { $0.aliases = [.others] }
            _ = await site.runCut(cut, volcengine: false) { try await site.run(site.request(poolSize: 9)) }
            try await site.run(site.request(poolSize: 9))
            #expect(site.gce.now.aliases == [.others, .ours])
            #expect(site.gce.now.ranges == [.ours])
            #expect(try site.pool?.ips.count == 9 && site.pool?.aliasRangeName == "cocoon-pods")
            try await site.teardown()
            #expect(site.gce.now.aliases == [.others])
        }
    }

    @Test(
        "gke: teardown leaves the aliases of others, after an interruption of init or of itself",
        arguments: Cut.all(upTo: gceCallCount))
    func gceTeardown(_ cut: Cut) async throws {
        try await withCloudSite(.gke) { site in
            site.gce.change { $0.aliases = [.others] }
            _ = await site.runCut(cut, volcengine: false) { try await site.run(site.request(poolSize: 9)) }
            if try site.pool != nil { _ = await site.runCut(cut, volcengine: false) { try await site.teardown() } }
            if try site.pool != nil { try await site.teardown() }
            #expect(site.gce.now.aliases == [.others])
            #expect(try site.pool == nil)
        }
    }
}

extension CloudSite {
    /// Runs `body`, which fails at the cut, and repairs the cloud afterwards.
    /// - Returns: whether `body` was interrupted.
    fileprivate func runCut(_ cut: Cut, volcengine isVolcengine: Bool, _ body: () async throws -> some Any) async
        -> Bool
    {
        let cutFaults: @Sendable (inout TestFaults) -> Void = { faults in
            faults.log = []
            faults.cutAt = cut.number
            faults.cutsAfterEffect = cut.hasEffect
        }
        if isVolcengine { volcengine.change { cutFaults(&$0.faults) } } else { gce.change { cutFaults(&$0.faults) } }
        let wasCut: Bool
        do {
            _ = try await body()
            wasCut = false
        } catch {
            wasCut = true
        }
        volcengine.change { $0.faults = TestFaults() }
        gce.change { $0.faults = TestFaults() }
        return wasCut
    }
}
