public import Addresses

/// The contents read from a journal, before the journal is put into service.
public struct JournalContents: ~Copyable {
    /// Whether there was a journal.
    public let exists: Bool
    public internal(set) var findings: JournalFindings
    var image: JournalImage
    let table: LeaseTable

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

    /// Records that the leases of this file have been merged, so that later starts ignore the file, whoever wrote it.
    public mutating func addFingerprint(_ content: [UInt8]) { image.set(ExportFingerprint(of: content)) }

    /// Whether this is the content of one of our latest exports, or of a file that was merged earlier.
    func isKnown(_ content: [UInt8]) -> Bool { image.fingerprints.contains(ExportFingerprint(of: content)) }

    consuming func takeImage() -> JournalImage { image }

    /// The latest record of an address; nil when there is none, or when the address is not in the pool.
    public func record(of address: IPv4Address) -> JournalRecord? {
        table.slotIndex(of: address).flatMap { image.record(at: $0, address: address) }
    }
}
