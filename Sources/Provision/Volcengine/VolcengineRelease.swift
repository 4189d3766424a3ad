import Addresses
import Node

/// Releases what pool.json says was claimed from Volcengine: the ENIs, and the subnet if that is requested.
actor VolcengineRelease {
    private let api: VolcengineAPI
    private let pool: Pool
    private let naming: VolcengineNaming
    private let instance: VolcengineInstance
    private var enis: [VolcengineENI]
    /// The subnet to delete: nil if that is not requested, or if it is gone. It is found by its ID or, if the answer to its
    /// creation was lost, by its network and the name that we gave it.
    private let subnet: VolcengineSubnet?

    init(_ api: VolcengineAPI, _ instance: VolcengineInstance, _ pool: Pool, deletesSubnet: Bool) async throws {
        self.api = api
        self.pool = pool
        self.instance = instance
        let naming = VolcengineNaming(nodeName: pool.nodeName)
        self.naming = naming
        subnet =
            deletesSubnet
            ? try await api.subnets(ofVPC: instance.vpcID).first {
                $0.id == pool.subnetID || $0.network == pool.subnet && naming.owns($0)
            } : nil
        enis = try await api.enis(withIDs: pool.eniIDs)
        if !pool.pendingENIs.isEmpty {
            // The answer to their creation was lost: they may exist under the recorded names.
            let filter: VolcengineAPI.Parameters =
                pool.subnetID.map { [(name: "SubnetId", value: $0)] } ?? [(name: "VpcId", value: instance.vpcID)]
            enis += try await api.enis(filter).filter {
                naming.owns($0) && pool.pendingENIs.contains($0.name) && !pool.eniIDs.contains($0.id)
            }
        }
    }

    /// The steps that release it.
    func plan() -> CloudPlan {
        var plan = CloudPlan(pool: pool)
        if !pool.eniIDs.isEmpty || !pool.pendingENIs.isEmpty {
            let reason = enis.isEmpty ? "they are gone already" : "they were claimed for this node"
            plan.steps.append(
                CloudStep(
                    "unassign, detach and delete \(enis.count) ENIs", because: reason,
                    details: enis.map { "\($0.id) with \($0.secondaryAddresses.count) addresses" }
                ) { try await self.releaseENIs($0) })
        }
        if let subnet {
            if naming.owns(subnet) {
                plan.steps.append(
                    CloudStep("delete the subnet \(subnet.network)", because: "--delete-subnet asks for it") {
                        try await self.delete(subnet, $0)
                    })
            } else {
                plan.warnings.append("the subnet \(subnet.id) stays in the VPC: init did not make it")
            }
        }
        return plan
    }

    private func releaseENIs(_ book: PoolBook) async throws {
        let there = Set(enis.map(\.id))
        let names = Set(enis.map(\.name))
        try await book.change { pool in
            // From here on, an ENI that was found by its name is also recorded by its ID. What no longer exists leaves
            // the record.
            pool.eniIDs = pool.eniIDs.filter { there.contains($0) } + there.subtracting(pool.eniIDs).sorted()
            pool.pendingENIs.removeAll { !names.contains($0) }
        }
        let total = enis.count
        try await inParallel(
            enis,
            orThrow: { "\($0) of \(total) ENIs could not be released; they stay in pool.json: run teardown again" }
        ) { eni in
            try await self.release(eni)
            try await book.change { pool in
                pool.eniIDs.removeAll { $0 == eni.id }
                pool.pendingENIs.removeAll { $0 == eni.name }
            }
        }
    }

    /// Skips each call whose work is already done. An ENI that is gone counts as released.
    private func release(_ found: VolcengineENI) async throws {
        do {
            // While the ENI is changing its status, the cloud refuses every call.
            guard let eni = try await settled(found.id) else { return }
            if let holder = eni.instanceID, holder != instance.id {
                throw CloudError(
                    "vpc DetachNetworkInterface", "\(eni.id) is attached to another instance, \(holder)",
                    remedy: "detach it there, or remove it from eniIDs in pool.json")
            }
            if !eni.secondaryAddresses.isEmpty { try await unassign(eni) }
            if let holder = eni.instanceID { try await detach(eni.id, from: holder) }
            try await delete(eni.id)
        } catch let error as CloudError where error.code == "InvalidEniId.NotFound" {}
    }

    /// The ENI once it is Available or InUse; nil when it is gone.
    private func settled(_ id: String) async throws -> VolcengineENI? {
        let late = CloudError(
            "vpc DescribeNetworkInterfaces", "\(id) does not become Available", remedy: "run teardown again")
        let latest = try await api.patience.polling(orThrow: late) { () -> [VolcengineENI]? in
            let found = try await api.enis(withIDs: [id])
            return found.allSatisfy { $0.isAvailable || $0.isInUse } ? found : nil
        }
        return latest.first
    }

    private func unassign(_ eni: VolcengineENI) async throws {
        do {
            _ = try await api.call(
                .vpc, "UnassignPrivateIpAddresses",
                [(name: "NetworkInterfaceId", value: eni.id)]
                    + VolcengineAPI.list("PrivateIpAddress", eni.secondaryAddresses.map(\.description)))
        } catch let error as CloudError where error.code?.hasPrefix("InvalidPrivateIp") == true {
            // They are already unassigned: the answer to an earlier attempt was lost.
        }
    }

    private func detach(_ id: String, from instanceID: String) async throws {
        do {
            _ = try await api.call(
                .vpc, "DetachNetworkInterface",
                [(name: "NetworkInterfaceId", value: id), (name: "InstanceId", value: instanceID)])
        } catch let error as CloudError
            where error.code == "InvalidEni.InstanceMismatch" || error.code == "InvalidEni.InvalidStatus"
        {
            // It is already detached, or being detached.
        }
        _ = try await settled(id)
    }

    private func delete(_ id: String) async throws {
        do {
            _ = try await api.call(.vpc, "DeleteNetworkInterface", [(name: "NetworkInterfaceId", value: id)])
        } catch let error as CloudError where error.code == "InvalidEni.InvalidStatus" {
            guard try await api.enis(withIDs: [id]).first?.status == "Deleting" else { throw error }
        }
        let late = CloudError("vpc DeleteNetworkInterface", "\(id) is still there", remedy: "run teardown again")
        try await api.patience.polling(orThrow: late) {
            try await api.enis(withIDs: [id]).isEmpty ? true : nil
        }
    }

    private func delete(_ subnet: VolcengineSubnet, _ book: PoolBook) async throws {
        let holders = try await api.enis([(name: "SubnetId", value: subnet.id)])
        guard holders.isEmpty else {
            throw CloudError(
                "vpc DeleteSubnet",
                "the subnet \(subnet.id) is not empty: \(holders.map(\.id).joined(separator: ", "))",
                remedy: "delete those first, or run teardown without --delete-subnet")
        }
        do {
            _ = try await api.call(.vpc, "DeleteSubnet", [(name: "SubnetId", value: subnet.id)])
        } catch let error as CloudError where error.code == "InvalidSubnet.NotFound" {}
        try await book.change { $0.subnetID = nil }
    }
}
