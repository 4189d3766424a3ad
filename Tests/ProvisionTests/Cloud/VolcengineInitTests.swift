import Addresses
import LinuxSystem
import Testing
import TestCloud

@testable import Node
@testable import Provision

@Suite("init on volcengine")
struct VolcengineInitTests {
    @Test("140 addresses: makes the subnet and seven ENIs with twenty addresses each, sets up their NICs and the node")
    func whole() async throws {
        try await withCloudSite(.volcengine) { site in
            try await site.run(site.request())
            let pool = try #require(try site.pool)
            let cloud = site.volcengine.now
            #expect(pool.platform == .volcengine && pool.ips.count == 140)
            #expect(pool.eniIDs.sorted() == cloud.secondaryENIs.map(\.id).sorted() && pool.eniIDs.count == 7)
            #expect(cloud.secondaryENIs.allSatisfy { $0.status == "InUse" && $0.secondaryAddresses.count == 20 })
            #expect(Set(pool.ips) == Set(cloud.secondaryENIs.flatMap(\.secondaryAddresses)))
            #expect(pool.secondaryNICs == (1...7).map { "eth\($0)" } && pool.primaryNIC == "eth0")
            #expect(pool.subnetID == cloud.subnets.last?.id && pool.pendingENIs == [])
            #expect(
                site.node.steps.contains("set eth7 up")
                    && site.node.steps.contains(
                        "create the bridge cni0 with MAC address \(BridgeMACAddress.of(nodeName: "node-1", subnet: pool.subnet))"
                    ))
            #expect(cloud.faults.log.count { $0 == "CreateNetworkInterface" } == 7)
            #expect(cloud.faults.log.count { $0 == "AttachNetworkInterface" } == 7)
            #expect(!cloud.faults.log.contains("AssignPrivateIpAddresses"))
            #expect(cloud.faults.log.count < 60)
        }
    }

    @Test("a smaller pool makes only the ENIs that it needs, and a larger one later adds what is missing")
    func growing() async throws {
        try await withCloudSite(.volcengine) { site in
            try await site.run(site.request(poolSize: 25))
            #expect(site.volcengine.now.secondaryENIs.map(\.secondaryAddresses.count).sorted() == [5, 20])
            try await site.run(site.request(poolSize: 50))
            #expect(site.volcengine.now.secondaryENIs.map(\.secondaryAddresses.count).sorted() == [10, 20, 20])
            #expect(try site.pool?.ips.count == 50)
            try await site.run(site.request(poolSize: 7))
            #expect(site.volcengine.now.secondaryENIs.count == 3)
            #expect(try site.pool?.ips.count == 7 && site.pool?.eniIDs.count == 3)
        }
    }

    @Test("a smaller pool keeps the leased addresses, wherever their ENIs are; fewer than the leases are refused")
    func shrinking() async throws {
        try await withCloudSite(.volcengine) { site in
            try await site.run(site.request(poolSize: 60))
            let ips = try #require(try site.pool?.ips)
            let leased = [ips[59], ips[30], ips[58]]
            let rows = leased.map { #"{"mac": "02:00:00:00:00:01", "ip": "\#($0)", "expiry": "2999-01-01T00:00:00Z"}"# }
            let text = "[" + rows.joined(separator: ", ") + "]"
            try Files.replace(site.directory + "/leases.json", with: Array(text.utf8), mode: 0o644)
            try await site.run(site.request(poolSize: 5))
            // The first ENI carries no lease, so it is not needed.
            #expect(try site.pool?.ips == [20, 21, 30, 58, 59].map { ips[$0] })
            #expect(try site.pool?.secondaryNICs.count == 2 && site.pool?.eniIDs.count == 3)
            let pool = try site.pool
            let error = await #expect(throws: BadInput.self) { try await site.run(site.request(poolSize: 2)) }
            #expect(error?.problem.contains("would lack 1 of 3 leased addresses: \(ips[59])") == true)
            #expect(try site.pool == pool)
            var request = site.request(poolSize: 2)
            request.dropsLeases = true
            try await site.run(request)
            #expect(try site.pool?.ips.count == 2)
        }
    }

    @Test("run again on a complete pool, init changes nothing in the cloud")
    func again() async throws {
        try await withCloudSite(.volcengine) { site in
            try await site.run(site.request(poolSize: 30))
            let first = try site.pool
            site.volcengine.change { $0.faults.log = [] }
            try await site.run(site.request(poolSize: 30))
            #expect(site.volcengine.now.faults.log.allSatisfy { $0.hasPrefix("Describe") })
            #expect(try site.pool?.ips == first?.ips && site.pool?.eniIDs == first?.eniIDs)
        }
    }

    @Test("without permission to read the instance type's limits, the platform's usual limits apply")
    func unknownLimits() async throws {
        try await withCloudSite(.volcengine) { site in
            site.volcengine.change { state in
                state.faults.scheduled["DescribeInstanceTypes"] = [.error(code: "AccessDenied", status: 403)]
                state.limits.enis = 4
            }
            let plan = try await Adoption.plan(site.request(poolSize: 140), on: site.site)
            #expect(plan.text.contains("create 7 ENIs"))
            let error = await #expect(throws: BadInput.self) { try await site.run(site.request(poolSize: 140)) }
            #expect(error?.remedy == "use at most 60")
        }
    }

    @Test("pool.json keeps an ENI that has moved elsewhere, and drops one that is gone")
    func strayENI() async throws {
        try await withCloudSite(.volcengine) { site in
            try await site.run(site.request(poolSize: 40))
            site.volcengine.change { state in
                state.enis[1].subnetID = "subnet-host"
                state.enis[1].instanceID = nil
                state.enis.remove(at: 2)
            }
            try await site.run(site.request(poolSize: 40))
            #expect(try Set(site.pool?.eniIDs ?? []) == Set(site.volcengine.now.secondaryENIs.map(\.id)))
            #expect(site.volcengine.now.secondaryENIs.count == 3)
            try await site.teardown(deletesSubnet: true)
            #expect(site.volcengine.now.secondaryENIs == [] && site.volcengine.now.subnets.count == 1)
        }
    }

    @Test("a dry run only reads, and changes neither the cloud nor files")
    func dryRun() async throws {
        try await withCloudSite(.volcengine) { site in
            let plan = try await Adoption.plan(site.request(poolSize: 30), on: site.site)
            #expect(plan.text.contains("create the subnet 172.20.100.0/24 in vpc-1: the VPC has none"))
            #expect(plan.text.contains("create 2 ENIs: the addresses need them\n     cocoon-net-node-1-"))
            #expect(plan.text.contains("attach 2 ENIs to i-1") && plan.text.contains("create the bridge cni0"))
            #expect(plan.json["steps"] != nil)
            #expect(site.volcengine.now.faults.log.allSatisfy { $0.hasPrefix("Describe") })
            #expect(try site.pool == nil && site.node.steps == [])
        }
    }

    @Test("the subnet is found on a later page of the list")
    func paging() async throws {
        try await withCloudSite(.volcengine) { site in
            site.volcengine.change { state in
                for index in 0..<130 {
                    let network = IPv4Network(
                        containing: IPv4Address(172, 20, 200, UInt8(index)), prefixLength: 32)
                    state.subnets.append(TestVolcengine.Subnet(id: "other-\(index)", network: network))
                }
                state.subnets.append(
                    TestVolcengine.Subnet(id: "subnet-late", network: IPv4Network("172.20.100.0/24")!))
            }
            try await site.run(site.request(poolSize: 3))
            #expect(try site.pool?.subnetID == "subnet-late")
            #expect(!site.volcengine.now.faults.log.contains("CreateSubnet"))
        }
    }

    @Test("ENIs that an earlier pool of the node left behind are used first; another node's ENIs are left alone")
    func orphans() async throws {
        try await withCloudSite(.volcengine) { site in
            try await site.run(site.request(poolSize: 40))
            let pool = try #require(try site.pool)
            try Files.remove(Pool.path(in: site.directory))
            site.volcengine.change { state in
                for index in state.enis.indices where !state.enis[index].isPrimary {
                    state.enis[index].instanceID = nil
                }
                var foreign = state.enis[1]
                foreign.id = "eni-foreign"
                foreign.tags = [VolcengineNaming.tagKey: "node-2"]
                foreign.secondaryAddresses = []
                state.enis.append(foreign)
            }
            try await site.run(site.request(poolSize: 40))
            #expect(try site.pool?.eniIDs.sorted() == pool.eniIDs.sorted() && site.pool?.ips == pool.ips)
            #expect(site.volcengine.now.enis.first { $0.id == "eni-foreign" }?.instanceID == nil)
        }
    }

    @Test(
        "calls are retried after throttling, gateway errors and lost answers",
        arguments: [
            TestFaults.Fault.error(code: "Throttling", status: 400),
            .error(code: "AccountFlowLimitExceeded", status: 429),
            .error(code: "InternalError", status: 500), .gateway(status: 500), .gateway(status: 503), .lostRequest,
            .lostReply,
        ])
    func passing(_ fault: TestFaults.Fault) async throws {
        try await withCloudSite(.volcengine) { site in
            let calls = [
                "DescribeSubnets", "DescribeNetworkInterfaces", "CreateSubnet", "CreateNetworkInterface",
                "AttachNetworkInterface", "DescribeInstanceTypes", "DescribeVpcAttributes",
            ]
            site.volcengine.change { state in for call in calls { state.faults.scheduled[call] = [fault, fault] } }
            try await site.run(site.request(poolSize: 45))
            #expect(site.volcengine.now.secondaryENIs.count == 3)
            #expect(try site.pool?.ips.count == 45 && site.pool?.pendingENIs == [])
            let gone = [
                "UnassignPrivateIpAddresses", "DetachNetworkInterface", "DeleteNetworkInterface", "DeleteSubnet",
            ]
            site.volcengine.change { state in for call in gone { state.faults.scheduled[call] = [fault, fault] } }
            try await site.teardown(deletesSubnet: true)
            #expect(site.volcengine.now.secondaryENIs == [] && site.volcengine.now.subnets.count == 1)
        }
    }

    @Test("one ENI's failure is reported and does not stop the others; the next run makes only what is missing")
    func oneFails() async throws {
        try await withCloudSite(.volcengine) { site in
            site.volcengine.change {
                $0.faults.scheduled["CreateNetworkInterface"] = [.error(code: "QuotaExceeded.Eni", status: 400)]
            }
            let error = await #expect(throws: CloudErrors.self) { try await site.run(site.request(poolSize: 60)) }
            let text = error.map { "\($0)" } ?? ""
            #expect(
                text.hasPrefix(
                    "1 of 3 ENIs could not be made:\n  vpc CreateNetworkInterface failed: QuotaExceeded.Eni:"))
            #expect(text.contains("(request request-") && text.contains("ask the vendor for a higher quota"))
            #expect(try site.pool?.eniIDs.count == 2 && site.pool?.ips == [])
            try await site.run(site.request(poolSize: 60))
            #expect(site.volcengine.now.secondaryENIs.count == 3)
            #expect(try site.pool?.ips.count == 60)
        }
    }

    @Test("a full subnet: the error names the detached ENIs that hold its addresses")
    func fullSubnet() async throws {
        try await withCloudSite(.volcengine) { site in
            try await site.run(site.request(poolSize: 20))
            try await site.teardown()
            site.volcengine.change { state in
                var idle = state.enis[0]
                idle.id = "eni-idle"
                idle.isPrimary = false
                idle.instanceID = nil
                idle.subnetID = state.subnets[1].id
                idle.secondaryAddresses = Array(state.subnets[1].network.hosts.dropFirst().prefix(240))
                state.enis.append(idle)
            }
            let error = await #expect(throws: CloudError.self) { try await site.run(site.request(poolSize: 20)) }
            #expect(error?.code == "InsufficientIpInSubnet")
            #expect(error?.remedy.contains("eni-idle (241 addresses)") == true)
        }
    }

    @Test("a security group that keeps the VPC out gives a warning; with the flag the rule is added, once")
    func securityGroup() async throws {
        try await withCloudSite(.volcengine) { site in
            site.volcengine.change {
                $0.groups = ["sg-1": [IPv4Network("172.20.0.0/17")!], "sg-2": [IPv4Network("0.0.0.0/0")!]]
            }
            let plan = try await site.run(site.request(poolSize: 3))
            #expect(plan.warnings.contains { $0.contains("sg-1 does not let all of 172.20.0.0/16 in") })
            var request = site.request(poolSize: 3)
            request.ensuresSecurityGroupRule = true
            try await site.run(request)
            #expect(site.volcengine.now.groups["sg-1"]?.last == IPv4Network("172.20.0.0/16"))
            #expect(try await site.run(request).warnings == [])
            #expect(site.volcengine.now.groups["sg-1"]?.count == 2)

            request.securityGroups = ["sg-2"]
            request.poolSize = 30
            try await site.run(request)
            #expect(site.volcengine.now.secondaryENIs.map(\.groupIDs) == [["sg-1"], ["sg-2"]])
        }
    }
}
