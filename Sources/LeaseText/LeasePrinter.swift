import Addresses
public import FastDHCP

/// Produces the text of `leases.json` piece by piece, so that it is never in memory as a whole (6 MB at 60,000 leases).
public struct LeasePrinter {
    private let table: LeaseTable
    private var clock = WallClock()
    private var nextSlot = 0
    private var isFirst = true
    private var isDone = false
    private var buffer: [UInt8] = []
    private var marker = FingerprintRecorder()

    private static let pieceByteCount = 64 << 10

    public init(_ table: LeaseTable) {
        self.table = table
        buffer.reserveCapacity(Self.pieceByteCount + 256)
    }

    /// The fingerprint of everything printed so far.
    public var fingerprint: ExportFingerprint { marker.fingerprint }

    /// The next piece. Nil after the last one.
    public mutating func next() -> [UInt8]? {
        guard !isDone else { return nil }
        buffer.removeAll(keepingCapacity: true)
        while nextSlot < table.count, buffer.count < Self.pieceByteCount {
            print(nextSlot)
            nextSlot += 1
        }
        if nextSlot == table.count {
            append(isFirst ? "null" : "\n]")
            isDone = true
        }
        marker.take(buffer)
        return buffer
    }

    private mutating func print(_ slotIndex: Int) {
        guard let durable = table.read(slotIndex)?.durable, durable.owner.state == .bound else { return }
        append(isFirst ? "[\n" : ",\n")
        isFirst = false
        append("  {\n    \"mac\": \"")
        durable.owner.client.appendText(to: &buffer)
        append("\",\n    \"ip\": \"")
        table.address(of: slotIndex).appendText(to: &buffer)
        append("\",\n    \"expiry\": \"")
        append(clock.text(of: durable.deadline))
        append("\"\n  }")
    }

    private mutating func append(_ text: String) { buffer.append(contentsOf: text.utf8) }
}
