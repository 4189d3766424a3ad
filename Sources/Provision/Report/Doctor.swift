import Addresses
import FoundationEssentials
import LinuxSystem
import Netlink
import Node

/// Checks for each known way in which a node's VMs lose their network. Leaves nothing changed.
package enum Doctor {
    package static func examine(_ site: ProvisionSite) async throws -> [Finding] {
        let pool = try Pool.load(from: site.paths.stateDirectory)
        var findings = [daemon(site.paths), addresses(of: pool)]
        findings += try await node(pool, site)
        findings += ForwardingProof(pool: pool).examine()
        if let rules = NodeSetup(pool).rules { findings.append(await ForwardFilters(rules: rules).examine()) }
        findings += [
            bridgePorts(of: pool.interface), bridgeManager(of: pool.interface),
            rivalNetworks(in: site.paths.cniConfDirectory, on: pool.interface), disk(site.paths.stateDirectory),
            space(site.paths.stateDirectory),
        ]
        let conflist = CNIConflist(bridge: pool.interface, directory: site.paths.cniConfDirectory)
        findings.append(
            await CNIPlugins(conflist: conflist.path, directory: site.paths.cniBinDirectory).examine())
        let probe = BridgeProbe(
            pool: pool, program: site.paths.probe, daemon: DaemonPIDFile.runningDaemon(at: site.paths.pidFile))
        findings += await probe.examine()
        findings += await CloudDoctor(site: site, pool: pool).examine()
        return findings
    }

    private static func daemon(_ paths: ProvisionPaths) -> Finding {
        let check = "the daemon runs"
        guard DaemonPIDFile.runningDaemon(at: paths.pidFile) == nil else { return .good(check) }
        return .bad(
            check, "\(paths.pidFile) names no running daemon: no VM gets a lease",
            remedy: "start it with \"systemctl start cocoon-net\" and look at its log")
    }

    private static func addresses(of pool: Pool) -> Finding {
        let check = "the pool has addresses"
        if let warning = pool.warning {
            let parts = warning.split(separator: "; ").map(String.init)
            return .bad(check, parts[0], remedy: parts[1])
        }
        guard pool.ips.isEmpty else { return .good(check) }
        return .bad(
            check, "\"cocoon-net init\" has not been completed",
            remedy: "run it again: it continues where it stopped")
    }

    /// Every step that `init` would take on the node now is a problem to report.
    private static func node(_ pool: Pool, _ site: ProvisionSite) async throws -> [Finding] {
        let setup = NodeSetup(pool, cniConfDirectory: site.paths.cniConfDirectory)
        let check =
            "bridge, NICs, MTU, forwarding, rp_filter, FORWARD and MASQUERADE rules, local routes and CNI network are right"
        do {
            let plan = try setup.plan(for: try await site.node.state(for: setup))
            let problems =
                plan.steps.map { step in
                    let details = step.details.isEmpty ? "" : " (\(step.details.joined(separator: ", ")))"
                    return "\(step.summary): \(step.reason)\(details)"
                } + plan.warnings
            let rules =
                setup.rules == nil
                ? Finding.skipped(
                    "FORWARD and MASQUERADE rules",
                    "pool.json says to keep the host's own rules: check that they accept the traffic of \(pool.interface)"
                )
                : nil
            let remedy = "restart the daemon, which corrects this, or run init or adopt again, whichever made the pool"
            return [.unless(problems, check, remedy: remedy)] + [rules].compactMap { $0 }
        } catch let error as NodeError {
            return [
                .bad(
                    check, error.problem + (error.cause.map { ": " + $0 } ?? ""),
                    remedy: error.remedy ?? "see \"ip link\"")
            ]
        }
    }

    /// If a port does not learn, the bridge floods every frame to all ports. Ports that are not isolated receive each
    /// other's floods.
    private static func bridgePorts(of bridge: String) -> Finding {
        let check = "the bridge's ports learn addresses and are isolated"
        do {
            var links = try Links()
            guard let link = try links.find(named: bridge) else { return .skipped(check, "there is no \(bridge)") }
            let ports = try links.list(portsOf: link)
            let deaf = ports.filter { $0.bridgePort?.isLearning == false }.compactMap(\.name)
            let open = ports.filter { $0.bridgePort?.isIsolated == false }.compactMap(\.name)
            var problems: [String] = []
            if !deaf.isEmpty { problems.append("without learning: \(list(deaf))") }
            if !open.isEmpty { problems.append("not isolated: \(list(open))") }
            return .unless(
                problems, check,
                remedy:
                    "run \"bridge link set dev PORT learning on isolated on\", and set portIsolation in the CNI network"
            )
        } catch {
            return .skipped(check, "\(error)")
        }
    }

    /// The first five names of a list, and the number of the others.
    private static func list(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
    }

    /// systemd-networkd and NetworkManager remove other programs' routes from the links that they manage.
    private static func bridgeManager(of bridge: String) -> Finding {
        let check = "nobody else manages \(bridge)"
        guard let index = (try? NodeInterfaces.read())?[bridge]?.index else {
            return .skipped(check, "there is no \(bridge)")
        }
        let networkd = text(of: "/run/systemd/netif/links/\(index)")
        if let networkd, networkd.contains("ADMIN_STATE="), !networkd.contains("ADMIN_STATE=unmanaged") {
            return .bad(
                check, "systemd-networkd manages it, and removes the routes of leases",
                remedy: "give it a .network file with [Match] Name=\(bridge) and [Link] Unmanaged=yes")
        }
        if text(of: "/run/NetworkManager/devices/\(index)")?.contains("managed=true") == true {
            return .bad(
                check, "NetworkManager manages it, and removes the routes of leases",
                remedy: "run \"nmcli device set \(bridge) managed no\"")
        }
        return .good(check)
    }

    /// A host-side DHCP client on the bridge competes with the VM's own.
    private static func rivalNetworks(in directory: String, on bridge: String) -> Finding {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let rivals = names.sorted().filter { name in
            guard name.hasSuffix(".conflist") || name.hasSuffix(".conf"), let text = text(of: directory + "/" + name),
                let json = try? JSON(parsing: Array(text.utf8))
            else { return false }
            let plugins = json.elements("plugins").isEmpty ? [json] : json.elements("plugins")
            return plugins.contains { $0.text("bridge") == bridge && $0["ipam"]?.text("type") == "dhcp" }
        }
        return .unless(
            rivals.map { "\($0) has ipam dhcp" }, "no CNI network requests addresses on behalf of the VMs",
            remedy: "leave its ipam empty: the VM's own DHCP client requests the address")
    }

    /// Every ACK waits until the disk has its lease.
    private static func disk(_ stateDirectory: String) -> Finding {
        let check = "the state directory takes writes without delay"
        let path = stateDirectory + "/doctor.probe"
        do {
            let start = ContinuousClock.now
            try Files.replace(path, with: Array(repeating: 0, count: 4096), mode: 0o600)
            let duration = ContinuousClock.now - start
            try Files.remove(path)
            guard duration < .milliseconds(250) else {
                return .bad(
                    check, "a small file took \(duration / .milliseconds(1)) ms",
                    remedy: "put \(stateDirectory) on a faster disk: each lease waits for it")
            }
            return .good(check)
        } catch {
            return .bad(check, error.failure, remedy: error.fileRemedy)
        }
    }

    /// Without free space, no lease can be recorded, and no ACK is sent.
    private static func space(_ stateDirectory: String) -> Finding {
        let check = "the state directory has room"
        do {
            let byteCount = try Files.freeByteCount(at: stateDirectory)
            guard byteCount < spaceByteLimit else { return .good(check) }
            return .bad(
                check, "\(byteCount >> 10) KiB are free: without any, no VM gets a lease",
                remedy: "free some space, at least \(spaceByteLimit >> 20) MiB")
        } catch {
            return .bad(check, error.failure, remedy: error.fileRemedy)
        }
    }

    /// Several times what the journal and the exports of a pool of the usual size need while each is being rewritten.
    private static let spaceByteLimit = 64 << 20

    private static func text(of path: String) -> String? {
        ((try? Files.read(path, limit: 1 << 20)) ?? nil).map { String(decoding: $0, as: UTF8.self) }
    }
}
