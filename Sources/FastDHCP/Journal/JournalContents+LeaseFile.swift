public import Addresses
public import LinuxSystem

/// A lease that the lease file tells.
public struct ImportedLease: Equatable, Sendable {
    public var address: IPv4Address
    public var client: MACAddress
    public var expiry: WallTime

    public init(address: IPv4Address, client: MACAddress, expiry: WallTime) {
        self.address = address
        self.client = client
        self.expiry = expiry
    }

    fileprivate func record(as state: LeaseState, at now: WallTime) -> JournalRecord {
        JournalRecord(
            state: state, isRelayed: false, address: address, client: client, deadline: expiry,
            holdUntil: JournalRecord.onDisk(expiry, of: state), decidedAt: now)
    }
}

/// What a start does with the lease file that it finds.
public enum LeaseFileUse: Sendable {
    /// The file is an export of ours: it tells nothing that the journal does not.
    case ignore
    /// Another program wrote the file after the journal's newest record, or there is no journal: the file's leases win.
    case adopt
    /// Nothing proves that: the file only adds leases that take nothing from anybody.
    case fill
    /// The journal has lost records, and the file is newer than the rest: it is the copy to recover them from.
    case recover
}

extension JournalContents {
    /// Decides what the lease file is good for.
    ///
    /// It wins only when it is provably another program's and newer than the journal's newest record. All our exports that
    /// a power cut can bring back are known by their fingerprints, unless the journal itself is damaged. The file's age
    /// guards the rest: a file that somebody put back by hand, and journals of earlier versions, which kept two fingerprints.
    public func use(ofLeaseFile content: [UInt8], modifiedAt: WallTime) -> LeaseFileUse {
        let isNewer = modifiedAt > findings.newest
        if !exists { return .adopt }
        if findings.hasLosses { return isNewer ? .recover : .fill }
        if isKnown(content) { return .ignore }
        return isNewer && findings.hasAllFingerprints ? .adopt : .fill
    }

    /// Merges the leases of the lease file.
    /// - Returns: the leases whose addresses the pool does not have.
    public mutating func merge(
        _ leases: [ImportedLease], as use: LeaseFileUse, modifiedAt: WallTime, now: WallTime
    ) -> [ImportedLease] {
        switch use {
        case .ignore: []
        case .adopt: adopt(leases, at: now)
        case .fill: fill(with: leases, modifiedAt: modifiedAt, at: now)
        case .recover: recover(leases, at: now)
        }
    }

    /// Takes over leases that another program granted: they win over what the journal says of their addresses and their
    /// clients. What only the journal knows stays, since nobody can tell whether it ended.
    mutating func adopt(_ leases: [ImportedLease], at now: WallTime) -> [ImportedLease] {
        let clients = Set(leases.map(\.client))
        for slotIndex in 0..<table.count {
            guard var record = record(at: slotIndex), record.state == .bound, clients.contains(record.client) else {
                continue
            }
            record.state = .expired
            record.deadline = now
            record.holdUntil = now
            record.decidedAt = now
            image.set(record, at: slotIndex)
        }
        return set(leases) { lease, _ in lease.record(as: .bound, at: now) }
    }

    /// Adds leases of which the journal has no later word: nobody holds the address, its client holds no other, and the
    /// address was not given back since the file was written.
    mutating func fill(
        with leases: [ImportedLease], modifiedAt: WallTime, at now: WallTime
    ) -> [ImportedLease] {
        var owners = owners
        return set(leases) { lease, record in
            if let record {
                guard record.state == .expired, record.decidedAt < modifiedAt else { return nil }
            }
            return owners.insert(lease.client).inserted ? lease.record(as: .bound, at: now) : nil
        }
    }

    /// Looks for lost leases in a copy that is newer than what is left of the journal: an address of which the journal
    /// knows nothing is bound again, and one of which it knows something else is given to nobody until the copy's lease is
    /// over.
    mutating func recover(_ leases: [ImportedLease], at now: WallTime) -> [ImportedLease] {
        var owners = owners
        return set(leases) { lease, record in
            guard let record else {
                return owners.insert(lease.client).inserted ? lease.record(as: .bound, at: now) : nil
            }
            switch record.state {
            case .bound where record.client == lease.client, .quarantined: return nil
            default: return max(record.deadline, now) < lease.expiry ? lease.record(as: .quarantined, at: now) : nil
            }
        }
    }

    /// The clients that hold an address.
    private var owners: Set<MACAddress> {
        Set((0..<table.count).compactMap { record(at: $0) }.filter { $0.state == .bound }.map(\.client))
    }

    private func record(at slotIndex: Int) -> JournalRecord? {
        image.record(at: slotIndex, address: table.address(of: slotIndex))
    }

    private mutating func set(
        _ leases: [ImportedLease], _ record: (ImportedLease, JournalRecord?) -> JournalRecord?
    ) -> [ImportedLease] {
        leases.filter { lease in
            guard let slotIndex = table.slotIndex(of: lease.address) else { return true }
            if let record = record(lease, self.record(at: slotIndex)) { image.set(record, at: slotIndex) }
            return false
        }
    }
}
