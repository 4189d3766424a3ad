public import Addresses

/// What was read from a journal, before it is taken into service.
public struct JournalContents: ~Copyable {
    /// Whether there was a journal.
    public let exists: Bool
    public internal(set) var findings: JournalFindings
    private var image: JournalImage
    private let table: LeaseTable

    init(table: LeaseTable) {
        exists = false
        findings = JournalFindings()
        image = JournalImage(slotCount: table.count)
        self.table = table
    }

    init(_ replay: consuming JournalReplay, table: LeaseTable) {
        exists = true
        findings = replay.findings
        image = replay.takeImage()
        self.table = table
    }

    /// Notes that a file is known from now on, though another program wrote it.
    public mutating func noteKnown(_ content: [UInt8]) { image.set(ExportMark(of: content)) }

    /// Whether this is the content of one of the latest two exports, so that it tells nothing new.
    public func isExport(_ content: [UInt8]) -> Bool { image.marks.contains(ExportMark(of: content)) }

    consuming func takeImage() -> JournalImage { image }

    /// The latest record of an address; nil when there is none, or when the pool does not have the address.
    public func record(of address: IPv4Address) -> JournalRecord? {
        table.slotIndex(of: address).flatMap { image.record(at: $0, address: address) }
    }
}

/// A lease that another file tells.
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

extension JournalContents {
    /// Takes over leases that another program granted since: they win over what the journal says of their addresses and
    /// their clients; what only the journal knows stays, since nobody can tell whether it ended.
    /// - Returns: the leases whose addresses the pool does not have.
    public mutating func adopt(_ leases: [ImportedLease], at now: WallTime) -> [ImportedLease] {
        let clients = Set(leases.map(\.client))
        for slotIndex in 0..<table.count {
            let address = table.address(of: slotIndex)
            guard var record = image.record(at: slotIndex, address: address), record.state == .bound,
                clients.contains(record.client)
            else { continue }
            record.state = .expired
            record.deadline = now
            record.holdUntil = now
            record.decidedAt = now
            image.set(record, at: slotIndex)
        }
        return set(leases) { lease, _ in lease.record(as: .bound, at: now) }
    }

    /// Looks for lost leases in the copy that the journal's own export is: an address of which the journal knows nothing
    /// is bound again, and one of which it knows something else is given to nobody until the copy's lease is over.
    /// - Returns: the leases whose addresses the pool does not have.
    public mutating func recover(_ leases: [ImportedLease], at now: WallTime) -> [ImportedLease] {
        set(leases) { lease, record in
            guard let record else { return lease.record(as: .bound, at: now) }
            switch record.state {
            case .bound where record.client == lease.client, .quarantined: return nil
            default: return max(record.deadline, now) < lease.expiry ? lease.record(as: .quarantined, at: now) : nil
            }
        }
    }

    private mutating func set(
        _ leases: [ImportedLease], _ record: (ImportedLease, JournalRecord?) -> JournalRecord?
    ) -> [ImportedLease] {
        leases.filter { lease in
            guard let slotIndex = table.slotIndex(of: lease.address) else { return true }
            if let record = record(lease, image.record(at: slotIndex, address: lease.address)) {
                image.set(record, at: slotIndex)
            }
            return false
        }
    }
}
