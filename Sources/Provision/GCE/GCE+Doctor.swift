import Addresses
import Node

extension GCE {
    func examine(_ pool: Pool, _ findings: inout [Finding]) async throws {
        let (api, instance) = try await session()
        findings.append(await environment.clock(of: api.server))
        let aliases = Alias.list(of: try Self.interface(of: try await api.get(instance.path)))
        let isCovered = aliases.contains {
            $0.network.prefixLength <= pool.subnet.prefixLength && $0.network.contains(pool.subnet.address)
        }
        findings.append(
            .unless(
                isCovered ? [] : ["nic0 has no alias range for \(pool.subnet)"], CloudDoctor.check,
                remedy: "run \"cocoon-net init\" again"))
    }
}
