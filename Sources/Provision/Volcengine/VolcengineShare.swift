import Addresses
import Node

/// Which ENIs hold a pool's addresses: existing ones, and ones to make.
struct VolcengineShare: Sendable {
    struct Part: Sendable, Equatable {
        /// Nil until the ENI exists.
        var id: String?
        var name: String
        /// The number of addresses that it lacks.
        var missingCount: Int
        var isAttached: Bool
    }

    var parts: [Part] = []
    /// The addresses of the existing ones.
    private(set) var addresses: [IPv4Address] = []
    /// Detached ENIs of this node that are not needed.
    var unneeded: [VolcengineENI] = []
    /// The names of further ENIs whose creation has begun. They may still appear.
    private(set) var begunNames: [String] = []

    var isWhole: Bool { parts.allSatisfy { $0.id != nil && $0.missingCount == 0 && $0.isAttached } }

    /// Distributes `poolSize` addresses over ENIs.
    /// - Parameters:
    ///   - kept: an ENI that carries a leased address is always among them.
    ///   - former: the existing pool, with the ENIs that it has claimed and those that it has begun to make.
    init(
        poolSize: Int, _ world: VolcengineWorld, subnetID: String?, gateway: IPv4Address, _ naming: VolcengineNaming,
        kept: AddressesToKeep, former: Pool?
    ) throws(BadInput) {
        let recorded = Set(former?.eniIDs ?? [])
        let here = world.enis.filter { eni in
            eni.subnetID == subnetID && eni.status != "Deleting"
                && (eni.instanceID == nil || eni.instanceID == world.instance.id)
                && (recorded.contains(eni.id) || naming.owns(eni))
        }
        func carriesLease(_ eni: VolcengineENI) -> Bool {
            eni.secondaryAddresses.contains { kept.leases[$0] != nil }
        }
        // ENIs with leases come first, then attached ones, then those that pool.json records, then those that an earlier
        // pool of the node left behind.
        let ranked = here.sorted { Self.rank($0, recorded) < Self.rank($1, recorded) }
        let ordered = ranked.filter(carriesLease) + ranked.filter { !carriesLease($0) }
        var left = poolSize
        var rooms: [Int] = []
        for eni in ordered {
            guard left > 0 || carriesLease(eni) else {
                if eni.instanceID == nil && !recorded.contains(eni.id) { unneeded.append(eni) }
                continue
            }
            let count = eni.secondaryAddresses.count { $0 != gateway }
            parts.append(
                Part(
                    id: eni.id, name: eni.name, missingCount: 0,
                    isAttached: eni.isInUse && eni.instanceID == world.instance.id))
            addresses += eni.secondaryAddresses
            rooms.append(max(world.limits.addressesPerENI - eni.secondaryAddresses.count, 0))
            left -= min(left, count)
        }
        // Request more addresses only after all existing ones are counted.
        for index in parts.indices {
            parts[index].missingCount = min(left, rooms[index])
            left -= parts[index].missingCount
        }
        // An interrupted call may still take effect. The same name, and so the same token, makes the same ENI.
        let names = Set(here.map(\.name))
        var begun = (former?.pendingENIs ?? []).filter { !names.contains($0) }
        while left > 0 {
            let count = min(left, max(world.limits.addressesPerENI, 1))
            let name = begun.isEmpty ? naming.newENIName() : begun.removeFirst()
            parts.append(Part(id: nil, name: name, missingCount: count, isAttached: false))
            left -= count
        }
        begunNames = begun
        try checkRoom(poolSize, world, here)
    }

    private static func rank(_ eni: VolcengineENI, _ recorded: Set<String>) -> (Int, String) {
        (eni.instanceID != nil ? 0 : recorded.contains(eni.id) ? 1 : 2, eni.id)
    }

    private func checkRoom(_ poolSize: Int, _ world: VolcengineWorld, _ ours: [VolcengineENI]) throws(BadInput) {
        let ids = Set(ours.map(\.id))
        let othersCount = world.enis.count {
            $0.instanceID == world.instance.id && $0.type != "primary" && !ids.contains($0.id)
        }
        let roomCount = max(world.limits.secondaryENICount - othersCount, 0)
        guard parts.count <= roomCount else {
            let others = othersCount == 0 ? "" : ", besides \(othersCount) that serve something else"
            throw BadInput(
                "--pool-size", "\(poolSize)",
                "needs \(parts.count) ENIs, and this instance can have \(roomCount) with "
                    + "\(world.limits.addressesPerENI) addresses each\(others)",
                remedy: "use at most \(roomCount * world.limits.addressesPerENI)")
        }
    }
}
