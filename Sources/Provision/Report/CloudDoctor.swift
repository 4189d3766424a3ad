import Addresses
import Node

/// The checks that ask a cloud.
struct CloudDoctor: Sendable {
    let site: ProvisionSite
    let pool: Pool

    func examine() async -> [Finding] {
        let check = "the cloud routes the pool's addresses here"
        var findings: [Finding] = []
        do {
            switch pool.platform {
            case .none: break
            case .volcengine:
                let (api, instance) = try await Volcengine(environment: site.environment).session()
                findings.append(await clock(of: api.server))
                findings += try await volcengine(check, api, instance)
            case .gke:
                let (api, instance) = try await GCE(environment: site.environment).session()
                findings.append(await clock(of: api.server))
                findings.append(try await gce(check, api, instance))
            }
        } catch let error as BadInput where !pool.hasCloudResources {
            // Whoever adopts by hand needs no keys.
            findings.append(.skipped(check, error.description))
        } catch let error as CloudError {
            var told = error
            told.remedy = ""
            findings.append(.bad(check, String("\(told)".dropLast(2)), remedy: error.remedy))
        } catch {
            findings.append(.bad(check, "\(error)", remedy: "see what it names"))
        }
        return findings
    }

    private func gce(_ check: String, _ api: GCEAPI, _ instance: GCEInstance) async throws -> Finding {
        let aliases = GCE.Alias.list(of: try GCE.interface(of: try await api.get(instance.path)))
        let isCovered = aliases.contains {
            $0.network.prefixLength <= pool.subnet.prefixLength && $0.network.contains(pool.subnet.address)
        }
        return .unless(
            isCovered ? [] : ["nic0 has no alias range for \(pool.subnet)"], check,
            remedy: "run \"cocoon-net init\" again")
    }

    /// A wrong clock makes each signature a wrong one.
    private func clock(of server: String) async -> Finding {
        let check = "the clock agrees with the cloud's"
        guard let lead = try? await site.environment.clockLead(over: server) else {
            return .skipped(check, "\(server) does not tell the time")
        }
        let seconds = Int(lead / .seconds(1))
        guard abs(seconds) >= Self.clockLimitSeconds else { return .good(check) }
        return .bad(
            check, "it is \(abs(seconds)) s \(seconds > 0 ? "ahead" : "behind"): from 15 minutes on, calls are refused",
            remedy: "set it, and let NTP keep it: \"timedatectl set-ntp true\"")
    }

    private static let clockLimitSeconds = 60

    private func volcengine(
        _ check: String, _ api: VolcengineAPI, _ instance: VolcengineInstance
    ) async throws -> [Finding] {
        let world = try await VolcengineWorld.read(
            api, instance, subnet: pool.subnet, recorded: pool.eniIDs, securityGroups: [])
        let attached = world.enis.filter { $0.instanceID == instance.id && $0.isInUse }
        let assigned = Set(attached.flatMap(\.secondaryAddresses))
        let lost = pool.ips.filter { !assigned.contains($0) }
        let loose = pool.eniIDs.filter { id in !attached.contains { $0.id == id } }
        let naming = VolcengineNaming(nodeName: pool.nodeName)
        let orphans = world.enis.filter {
            $0.isAvailable && ($0.subnetID == pool.subnetID || naming.owns($0)) && !pool.eniIDs.contains($0.id)
        }
        let groups = try await closedGroups(of: attached, api, world)
        return [
            .unless(
                lost.isEmpty ? [] : ["\(lost.count) are assigned to no ENI of this instance, such as \(lost[0])"],
                check,
                remedy: "run \"cocoon-net init\" again, or adopt with --addresses-file"),
            .unless(
                loose.map { "\($0) is not" }, "each ENI of pool.json is attached",
                remedy: "run \"cocoon-net init\" again: it attaches them"),
            .unless(
                groups, "the security groups let the VPC's own packets in",
                remedy: "add an ingress rule for all protocols, or run init with --ensure-security-group-rule"),
            .unless(
                orphans.map { "\($0.id) holds \($0.secondaryAddresses.count + 1) addresses" },
                "no ENI holds addresses of the subnet for nobody",
                remedy: "delete the detached ENIs of the subnet that nobody needs"),
        ]
    }

    /// The groups of the ENIs as they are, which are not those that a new one would get.
    private func closedGroups(
        of enis: [VolcengineENI], _ api: VolcengineAPI, _ world: VolcengineWorld
    ) async throws -> [String] {
        var problems: [String] = []
        let ids = Set(enis.filter { $0.type != "primary" }.flatMap(\.securityGroupIDs))
        for id in ids.sorted() {
            for network in world.vpcNetworks where try await !api.group(id, admitsAllFrom: network) {
                problems.append(
                    "\(id) keeps out \(network), or a part of it: packets from other hosts are dropped silently")
            }
        }
        return problems
    }
}
