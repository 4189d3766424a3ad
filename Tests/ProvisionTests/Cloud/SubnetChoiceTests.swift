import Addresses
import TestCloud
import Testing

@testable import Node
@testable import Provision

extension CloudSite {
    fileprivate var subnet: IPv4Network? { get throws { try pool?.subnet } }
}

@Suite("init with --subnet auto")
struct SubnetChoiceTests {
    private static let first = IPv4Network("172.20.1.0/24")!
    private static let second = IPv4Network("172.20.2.0/24")!

    @Test("the first block that overlaps none of the VPC's subnets, whatever their sizes")
    func free() throws {
        let choice = SubnetChoice(supernet: IPv4Network("10.0.0.0/22")!, prefixLength: 24)
        func free(_ taken: [String], within limits: [String]? = nil, preferring: String? = nil) -> String? {
            let block = try? choice.firstFree(
                within: limits?.compactMap { IPv4Network($0) }, besides: taken.compactMap { IPv4Network($0) },
                preferring: preferring.flatMap { IPv4Network($0) })
            return block?.description
        }
        #expect(free([]) == "10.0.0.0/24")
        #expect(free(["10.0.0.128/30"]) == "10.0.1.0/24")
        #expect(free(["10.0.0.0/23", "10.0.2.8/29"]) == "10.0.3.0/24")
        #expect(free(["10.0.0.0/8"]) == nil)
        #expect(free([], within: ["10.0.3.0/24", "192.168.0.0/16"]) == "10.0.3.0/24")
        #expect(free([], within: ["10.0.3.0/25"]) == nil)
        #expect(free([], preferring: "10.0.2.0/24") == "10.0.2.0/24")
        #expect(free(["10.0.2.0/30"], preferring: "10.0.2.0/24") == "10.0.0.0/24")
        #expect(free([], preferring: "10.0.2.0/25") == "10.0.0.0/24")
        let all = SubnetChoice(supernet: IPv4Network("255.255.255.0/24")!, prefixLength: 25)
        #expect(throws: BadInput.self) {
            try all.firstFree(within: nil, besides: [IPv4Network("255.255.255.0/24")!], preferring: nil)
        }
    }

    @Test(
        "volcengine: init records and makes the block; a second init keeps it; after teardown it is free again"
    )
    func volcengine() async throws {
        try await withCloudSite(.volcengine) { site in
            try await site.run(site.choosingRequest())
            let pool = try #require(try site.pool)
            #expect(pool.subnet == Self.first && pool.gateway == IPv4Address(172, 20, 1, 1) && pool.ips.count == 3)
            #expect(pool.subnetID == site.volcengine.now.subnets.last?.id)
            try await site.run(site.choosingRequest(poolSize: 25))
            #expect(try site.subnet == Self.first && site.volcengine.now.subnets.count == 2)
            // A subnet that was left behind is used again.
            try await site.teardown()
            site.volcengine.change { $0.subnets.insert(.init(id: "x", network: IPv4Network("172.20.9.0/24")!), at: 0) }
            try await site.run(site.choosingRequest())
            #expect(try site.subnet == Self.first && site.volcengine.now.subnets.count == 3)
            try await site.teardown(deletesSubnet: true)
            #expect(site.volcengine.now.subnets.count == 2)
        }
    }

    @Test("volcengine: two nodes that choose the same block at the same time get different ones")
    func race() async throws {
        try await withCloudSite(.volcengine) { one in
            try await withCloudSite(.volcengine, number: 2, beside: one) { two in
                let plans = [
                    try await Adoption.plan(one.choosingRequest(), on: one.site),
                    try await Adoption.plan(two.choosingRequest(), on: two.site),
                ]
                #expect(plans.allSatisfy { $0.text.contains("create the subnet 172.20.1.0/24") })
                for plan in plans { try await plan.apply { _ in } }
                #expect(try one.subnet == Self.first && two.subnet == Self.second)
                let cloud = one.volcengine.now
                #expect(cloud.subnets.map(\.network).suffix(2) == [Self.first, Self.second])
                #expect(cloud.faults.log.count { $0 == "CreateSubnet" } == 3)
                #expect(cloud.secondaryENIs.map(\.instanceID) == ["i-1", "i-2"])
                #expect(try two.pool?.ips.allSatisfy { Self.second.contains($0) } == true)
                try await two.run(two.choosingRequest())
                #expect(try two.subnet == Self.second)
                try await one.teardown(deletesSubnet: true)
                try await two.teardown(deletesSubnet: true)
                #expect(one.volcengine.now.subnets.count == 1 && one.volcengine.now.secondaryENIs == [])
            }
        }
    }

    @Test("four nodes side by side get four blocks", arguments: [CloudSite.Place.volcengine, .gke])
    func crowd(_ place: CloudSite.Place) async throws {
        try await withCloudSite(place) { first in
            var sites = [first]
            for number in UInt8(2)...4 { sites.append(try await CloudSite(place, number: number, beside: first)) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for site in sites { group.addTask { try await site.run(site.choosingRequest()) } }
                try await group.waitForAll()
            }
            #expect(Set(try sites.map { try $0.subnet }).count == 4)
            if place == .gke {
                #expect(first.gce.now.ranges.map(\.network) == [IPv4Network("172.20.0.0/16")!])
                #expect(Set(first.gce.now.instances.values.flatMap(\.aliases).map(\.network)).count == 4)
            } else {
                #expect(first.volcengine.now.subnets.count == 5)
            }
            for site in sites.dropFirst() { try await site.close() }
        }
    }

    @Test("if somebody else makes the chosen subnet before we plan for it, it is not used")
    func rivalBeforePlan() async throws {
        try await withCloudSite(.volcengine) { site in
            try await site.run(site.choosingRequest())
            // The subnet of pool.json now belongs to somebody else: ours was never made.
            site.volcengine.change { state in
                state.subnets[1].name = "somebody's"
                state.enis.removeAll { !$0.isPrimary }
            }
            var pool = try #require(try site.pool)
            pool.subnetID = nil
            pool.eniIDs = []
            pool.pendingENIs = ["cocoon-net-node-1-0123456789abcdef"]
            try pool.save(in: site.directory)
            try await site.run(site.choosingRequest())
            #expect(try site.subnet == Self.second && site.pool?.pendingENIs == [])
        }
    }

    @Test("volcengine: a Conflict error counts even if the list shows no overlap; any other error is reported")
    func refusal() async throws {
        try await withCloudSite(.volcengine) { site in
            site.volcengine.change {
                $0.faults.scheduled["CreateSubnet"] = [.error(code: "InvalidCidrBlock.Conflict", status: 400)]
            }
            try await site.run(site.choosingRequest())
            #expect(try site.subnet == Self.second && site.volcengine.now.subnets.count == 2)
        }
        try await withCloudSite(.volcengine) { site in
            site.volcengine.change {
                $0.faults.scheduled["CreateSubnet"] = [.error(code: "QuotaExceeded.Subnet", status: 400)]
            }
            let error = await #expect(throws: CloudError.self) { try await site.run(site.choosingRequest()) }
            #expect(error?.code == "QuotaExceeded.Subnet")
            #expect(try site.subnet == Self.first)
            try await site.run(site.choosingRequest())
            #expect(try site.subnet == Self.first && site.volcengine.now.subnets.count == 2)
        }
    }

    @Test("gke: the shared range is the supernet, and the alias is the first block that no instance has on any page")
    func gke() async throws {
        try await withCloudSite(.gke) { one in
            try await withCloudSite(.gke, number: 2, beside: one) { two in
                one.gce.change { $0.pageSize = 1 }
                let plans = [
                    try await Adoption.plan(one.choosingRequest(), on: one.site),
                    try await Adoption.plan(two.choosingRequest(), on: two.site),
                ]
                #expect(plans.allSatisfy { $0.text.contains("the alias range 172.20.0.0/24 of cocoon-pods") })
                for plan in plans { try await plan.apply { _ in } }
                #expect(try one.subnet == IPv4Network("172.20.0.0/24") && two.subnet == Self.first)
                #expect(one.gce.now.ranges == [.init(IPv4Network("172.20.0.0/16")!, "cocoon-pods")])
                #expect(one.gce.now.instances["node-2"]?.aliases == [.init(Self.first, "cocoon-pods")])
                try await two.run(two.choosingRequest())
                #expect(try two.subnet == Self.first && two.pool?.aliasRangeName == "cocoon-pods")
                one.gce.change { $0.instances["node-3"] = .init() }
                try await one.teardown()
                try await two.teardown()
                #expect(one.gce.now.instances.values.allSatisfy { $0.aliases == [] })
            }
        }
    }

    @Test("gke: a refusal with any code counts when another instance has the block, and is reported when none has")
    func aliasRefused() async throws {
        for isTaken in [true, false] {
            try await withCloudSite(.gke) { site in
                let plan = try await Adoption.plan(site.choosingRequest(), on: site.site)
                site.gce.change { state in
                    let rival = TestGCE.Range(IPv4Network("172.20.0.0/25")!, "cocoon-pods")
                    if isTaken { state.instances["node-2"] = .init(aliases: [rival]) }
                    state.faults.scheduled["PATCH instance"] = [.error(code: "invalid", status: 400)]
                }
                if isTaken {
                    try await plan.apply { _ in }
                    #expect(try site.subnet == Self.first && site.pool?.ips.count == 3)
                } else {
                    let error = await #expect(throws: CloudError.self) { try await plan.apply { _ in } }
                    #expect(error?.code == "invalid")
                }
            }
        }
    }

    @Test("gke: if another instance has the named subnet, the error says what to do")
    func aliasInUse() async throws {
        try await withCloudSite(.gke) { site in
            site.gce.change { $0.instances["node-2"] = .init(aliases: [.ours]) }
            let error = await #expect(throws: CloudError.self) { try await site.run(site.request(poolSize: 3)) }
            #expect(error?.remedy == "another instance has it: use another --subnet, or --subnet auto")
        }
    }

    @Test("a full supernet, and one outside the VPC, are errors before anything is made")
    func full() async throws {
        try await withCloudSite(.volcengine) { site in
            for (supernet, words) in [
                ("172.20.0.0/24", "--supernet 172.20.0.0/24 has no free /24 within 172.20.0.0/16; use another one"),
                ("10.0.0.0/16", "--supernet 10.0.0.0/16 has no free /24 within 172.20.0.0/16; use another one"),
            ] {
                let error = await #expect(throws: BadInput.self) {
                    try await site.run(site.choosingRequest(supernet: supernet))
                }
                #expect(error?.description.hasPrefix(words) == true)
            }
            let pool = try site.pool
            #expect(pool == nil)
        }
    }

    @Test("a request for another supernet does not make init forget what is claimed")
    func otherSupernet() async throws {
        try await withCloudSite(.volcengine) { site in
            try await site.run(site.choosingRequest())
            let error = await #expect(throws: BadInput.self) {
                try await site.run(site.choosingRequest(supernet: "172.20.128.0/17"))
            }
            #expect(error?.remedy == "run \"cocoon-net teardown\" first")
            #expect(try site.subnet == Self.first)
        }
    }

    @Test("errors name the options that do not fit")
    func options() async throws {
        var none = PoolRequest(.`init`, nodeName: "n", subnet: "auto")
        none.platform = "none"
        var adopt = PoolRequest(.adopt, nodeName: "n", subnet: "auto")
        adopt.platform = "volcengine"
        var noSupernet = PoolRequest(.`init`, nodeName: "n", subnet: "auto")
        noSupernet.platform = "gke"
        var badSupernet = noSupernet
        badSupernet.supernet = "here"
        var badLength = noSupernet
        (badLength.supernet, badLength.prefixLength) = ("10.0.0.0/16", 8)
        var gateway = noSupernet
        (gateway.supernet, gateway.gateway) = ("10.0.0.0/16", "10.0.0.1")
        var named = PoolRequest(.`init`, nodeName: "n", subnet: "10.0.0.0/24")
        (named.platform, named.supernet) = ("none", "10.0.0.0/16")
        for (request, words) in [
            (none, "--subnet auto needs a cloud that says which blocks are taken, and --platform none asks no cloud;"),
            (adopt, "--subnet auto needs a cloud that says which blocks are taken, and adopt asks no cloud;"),
            (noSupernet, "--supernet is missing: it is the network that --subnet auto chooses from; write it as"),
            (badSupernet, "--supernet here is not a network; write it as"),
            (badLength, "--prefix-length 8 does not fit --supernet 10.0.0.0/16; use one from 16 to 30"),
            (gateway, "--gateway 10.0.0.1 cannot be named before the subnet is chosen; leave it out"),
            (named, "--supernet 10.0.0.0/16 goes with --subnet auto only; leave it out"),
        ] {
            let error = await #expect(throws: BadInput.self) {
                try await Adoption.plan(request, on: ProvisionSite(environment: CloudEnvironment(variables: [:])))
            }
            #expect(error?.description.hasPrefix(words) == true, "\(error?.description ?? "")")
        }
    }
}
