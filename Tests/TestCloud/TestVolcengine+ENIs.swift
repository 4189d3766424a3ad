import Addresses
import FoundationEssentials
import Node

// The calls that concern ENIs.
extension TestVolcengine.State {
    mutating func performOnENI(_ action: String, _ request: ServedRequest) throws(VendorError) -> JSON {
        switch action {
        case "DescribeNetworkInterfaces": return try describeENIs(request)
        case "CreateNetworkInterface": return try createENI(request)
        default: break
        }
        guard let index = enis.firstIndex(where: { $0.id == request["NetworkInterfaceId"] }) else {
            throw VendorError("InvalidEniId.NotFound", status: 404)
        }
        switch action {
        case "AssignPrivateIpAddresses":
            let count = request["SecondaryPrivateIpAddressCount"].flatMap(Int.init) ?? 0
            _ = try once(request, "assignment") { state, _ throws(VendorError) in
                guard state.enis[index].secondaryAddresses.count + count <= state.limits.addressesPerENI else {
                    throw VendorError("LimitExceeded.PrivateIpsPerEni")
                }
                state.enis[index].secondaryAddresses += try state.freeAddresses(count, in: state.enis[index].subnetID)
            }
        case "UnassignPrivateIpAddresses":
            let addresses = request.list("PrivateIpAddress").compactMap { IPv4Address($0) }
            guard addresses.allSatisfy(enis[index].secondaryAddresses.contains) else {
                throw VendorError("InvalidPrivateIpAddress.NotFound", status: 404)
            }
            enis[index].secondaryAddresses.removeAll { addresses.contains($0) }
        case "AttachNetworkInterface": try attach(index, to: request["InstanceId"] ?? "")
        case "DetachNetworkInterface":
            guard enis[index].instanceID == request["InstanceId"] else {
                throw VendorError("InvalidEni.InstanceMismatch")
            }
            guard enis[index].passing == nil else { throw VendorError("InvalidEni.InvalidStatus") }
            unplug?(enis[index])
            enis[index].instanceID = nil
            enis[index].passing = ("Detaching", looksToSettle)
        case "DeleteNetworkInterface":
            guard enis[index].instanceID == nil, enis[index].passing == nil else {
                throw VendorError("InvalidEni.InvalidStatus")
            }
            enis[index].passing = ("Deleting", looksToSettle)
        default: throw VendorError("InvalidAction", status: 404)
        }
        return .object([])
    }

    private mutating func attach(_ index: Int, to instanceID: String) throws(VendorError) {
        guard enis.contains(where: { $0.isPrimary && $0.instanceID == instanceID }) else {
            throw VendorError("InvalidInstanceId.NotFound", status: 404)
        }
        guard enis[index].instanceID == nil, enis[index].passing == nil else {
            throw VendorError("InvalidEni.InvalidStatus")
        }
        guard enis.count(where: { $0.instanceID == instanceID }) < limits.enis else {
            throw VendorError("LimitExceeded.EnisPerInstance")
        }
        enis[index].instanceID = instanceID
        enis[index].passing = ("Attaching", looksToSettle)
        plugIn?(enis[index])
    }

    private mutating func createENI(_ request: ServedRequest) throws(VendorError) -> JSON {
        let id = try once(request, "eni") { state, id throws(VendorError) in
            let count = request["SecondaryPrivateIpAddressCount"].flatMap(Int.init) ?? 0
            guard count <= state.limits.addressesPerENI else { throw VendorError("LimitExceeded.PrivateIpsPerEni") }
            guard let subnet = state.subnets.first(where: { $0.id == request["SubnetId"] }) else {
                throw VendorError("InvalidSubnet.NotFound", status: 404)
            }
            let groupIDs = request.list("SecurityGroupIds")
            guard !groupIDs.isEmpty, groupIDs.allSatisfy({ state.groups[$0] != nil }) else {
                throw VendorError("InvalidSecurityGroup.NotFound", status: 404)
            }
            let addresses = try state.freeAddresses(count + 1, in: subnet.id)
            var eni = TestVolcengine.ENI(
                id: id, name: request["NetworkInterfaceName"] ?? "", subnetID: subnet.id,
                macAddress: MACAddress(0, 0x16, 0x3E, 1, 0, UInt8(truncatingIfNeeded: state.serialNumber)),
                groupIDs: groupIDs, primaryAddress: addresses[0])
            eni.secondaryAddresses = Array(addresses.dropFirst())
            if let key = request["Tags.1.Key"], let value = request["Tags.1.Value"] { eni.tags = [key: value] }
            eni.passing = ("Creating", state.looksToSettle)
            state.enis.append(eni)
        }
        return .object([JSON.Member("NetworkInterfaceId", .string(id))])
    }

    /// The lowest free addresses. The first address of a subnet belongs to the VPC.
    private func freeAddresses(_ count: Int, in subnetID: String) throws(VendorError) -> [IPv4Address] {
        guard let subnet = subnets.first(where: { $0.id == subnetID }) else { return [] }
        let taken = Set(enis.flatMap { [$0.primaryAddress] + $0.secondaryAddresses })
        let free = Array(subnet.network.hosts.dropFirst().lazy.filter { !taken.contains($0) }.prefix(count))
        guard free.count == count else { throw VendorError("InsufficientIpInSubnet") }
        return free
    }

    private mutating func describeENIs(_ request: ServedRequest) throws(VendorError) -> JSON {
        let ids = request.list("NetworkInterfaceIds")
        guard ids.allSatisfy({ id in enis.contains { $0.id == id } }) else {
            throw VendorError("InvalidEniId.NotFound", status: 404)
        }
        let found = enis.filter { eni in
            (ids.isEmpty || ids.contains(eni.id))
                && request["InstanceId"].map { $0 == eni.instanceID } ?? true
                && request["SubnetId"].map { $0 == eni.subnetID } ?? true
        }
        for eni in found { look(at: eni.id) }
        return try page("NetworkInterfaceSets", found.map(\.json), request)
    }

    /// Counts one read of an ENI towards the end of its temporary status.
    private mutating func look(at id: String) {
        guard let index = enis.firstIndex(where: { $0.id == id }), let (status, looks) = enis[index].passing else {
            return
        }
        if looks > 1 {
            enis[index].passing = (status, looks - 1)
        } else if status == "Deleting" {
            enis.remove(at: index)
        } else {
            enis[index].passing = nil
        }
    }
}

extension TestVolcengine.ENI {
    fileprivate var json: JSON {
        func address(_ address: IPv4Address, primary: Bool) -> JSON {
            .object([
                JSON.Member("Primary", .bool(primary)), JSON.Member("PrivateIpAddress", .string("\(address)")),
            ])
        }
        let sets = [address(primaryAddress, primary: true)] + secondaryAddresses.map { address($0, primary: false) }
        return .object([
            JSON.Member("NetworkInterfaceId", .string(id)), JSON.Member("NetworkInterfaceName", .string(name)),
            JSON.Member("Type", .string(isPrimary ? "primary" : "secondary")), JSON.Member("Status", .string(status)),
            JSON.Member("DeviceId", .string(instanceID ?? "")), JSON.Member("MacAddress", .string("\(macAddress)")),
            JSON.Member("SubnetId", .string(subnetID)), JSON.Member("SecurityGroupIds", .strings(groupIDs)),
            JSON.Member(
                "Tags",
                .array(
                    tags.map {
                        .object([JSON.Member("Key", .string($0.key)), JSON.Member("Value", .string($0.value))])
                    })),
            JSON.Member("PrivateIpSets", .object([JSON.Member("PrivateIpSet", .array(sets))])),
        ])
    }
}

/// The time in a request's signature.
enum SignatureTime {
    /// Reads a time such as 20260102T030405Z.
    static func date(_ text: String) -> Date? {
        let digits = Array(text)
        guard digits.count == 16 else { return nil }
        let parts = [digits[0..<4], digits[4..<6], digits[6..<8], digits[9..<11], digits[11..<13], digits[13..<15]]
        let texts = parts.map { String($0) }
        return try? Date("\(texts[0])-\(texts[1])-\(texts[2])T\(texts[3]):\(texts[4]):\(texts[5])Z", strategy: .iso8601)
    }
}
