public import Addresses
public import LinuxSystem

/// A lease read from the lease file.
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
    /// The file is our own export: everything in it is in the journal too.
    case ignore
    /// The file is our own export, but records of the journal are damaged. It tells who held their addresses.
    case name
    /// Another program wrote the file after the journal's newest record, or there is no journal. The file's leases win.
    case adopt
    /// It is not certain that the file is another program's and newer. It only adds leases that conflict with nothing
    /// in the journal.
    case fill
    /// The journal has lost records, and the file is newer than the remaining ones. The lost leases are recovered from
    /// the file.
    case recover
}

extension JournalContents {
    /// Decides how to use the lease file.
    ///
    /// The file wins only when another program provably wrote it and it is newer than the journal's newest record.
    /// Every export of ours that a power cut can bring back is known by its fingerprint, unless the journal itself is
    /// damaged. The file's age covers the other cases: a file that somebody put back by hand, and journals of earlier
    /// versions, which kept only two fingerprints.
    public func use(ofLeaseFile content: [UInt8], modifiedAt: WallTime) -> LeaseFileUse {
        let isNewer = modifiedAt > findings.newest
        if !exists { return .adopt }
        if findings.hasLosses { return isNewer ? .recover : .fill }
        if isKnown(content) { return findings.quarantined.isEmpty ? .ignore : .name }
        return isNewer && findings.hasAllFingerprints ? .adopt : .fill
    }

    /// Merges the leases of the lease file. Whatever the file's use, a quarantined address is kept for the client that
    /// the file names: it may renew.
    /// - Returns: the leases whose addresses are not in the pool.
    public mutating func merge(
        _ leases: [ImportedLease], as use: LeaseFileUse, modifiedAt: WallTime, now: WallTime
    ) -> [ImportedLease] {
        nameClients(of: leases)
        return switch use {
        case .ignore, .name: []
        case .adopt: adopt(leases, at: now)
        case .fill: fill(with: leases, modifiedAt: modifiedAt, at: now)
        case .recover: recover(leases, at: now)
        }
    }

    /// Gives each quarantined address whose client is unknown the client that the leases name.
    private mutating func nameClients(of leases: [ImportedLease]) {
        _ = set(leases) { lease, record in
            guard var record, record.state == .quarantined, record.client == .zero else { return nil }
            record.client = lease.client
            return record
        }
    }

    /// Takes over leases that another program granted. They replace what the journal says about their addresses and
    /// their clients. Leases that only the journal knows stay, since nobody can tell whether they ended.
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

    /// Adds the leases that nothing later in the journal contradicts: nobody holds the address, the client holds no
    /// other address, and the address was not given back after the file was written.
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

    /// Recovers lost leases from a file that is newer than what is left of the journal. An address without a record in
    /// the journal is bound again. An address whose record says something else is quarantined until the file's lease is
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
