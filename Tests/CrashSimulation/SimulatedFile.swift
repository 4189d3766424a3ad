/// One file: what its readers see, and what a power cut leaves of it.
final class SimulatedFile {
    static let sectorByteCount = 512

    private(set) var cached: [UInt8] = []
    private(set) var durable: [UInt8] = []
    /// By sector: whether it was written since its last sync.
    private var isDirty: [Bool] = []

    func write(_ bytes: Span<UInt8>, at offset: Int) {
        guard bytes.count > 0 else { return }
        let end = offset + bytes.count
        if cached.count < end { cached.append(contentsOf: repeatElement(0, count: end - cached.count)) }
        for index in bytes.indices { cached[offset + index] = bytes[index] }
        let sectors = Self.sectors(of: offset..<end)
        while isDirty.count < sectors.upperBound { isDirty.append(false) }
        for sector in sectors { isDirty[sector] = true }
    }

    func read(at offset: Int, into bytes: inout MutableSpan<UInt8>) -> Int {
        let count = min(bytes.count, max(cached.count - offset, 0))
        for index in 0..<count { bytes[index] = cached[offset + index] }
        return count
    }

    func sync() { sync(0..<cached.count) }

    func sync(_ range: Range<Int>) {
        for sector in Self.sectors(of: range) where isDirty[sector] { keep(sector) }
    }

    /// The kernel reports the failure once and marks the sectors clean. Some of them reached the disk; the others never
    /// will.
    func failSync(_ random: SeededRandom) {
        for sector in isDirty.indices where isDirty[sector] {
            if random.chance(500) { keep(sector) }
            isDirty[sector] = false
        }
    }

    /// Each dirty sector reaches the disk in full, in part or not at all.
    /// - Returns: how many sectors are torn.
    func losePower(_ random: SeededRandom) -> Int {
        var tornCount = 0
        for sector in isDirty.indices where isDirty[sector] {
            switch random.below(5) {
            case 0, 1: keep(sector)
            case 2, 3: if tear(sector, random) { tornCount += 1 }
            default: break
            }
        }
        cached = durable
        isDirty = [Bool](repeating: false, count: Self.sectors(of: 0..<cached.count).upperBound)
        return tornCount
    }

    /// Flips one bit, on the disk and for readers.
    func flip(bit: Int, at offset: Int) {
        cached[offset] ^= 1 << UInt8(bit)
        if offset < durable.count { durable[offset] ^= 1 << UInt8(bit) }
    }

    private func keep(_ sector: Int) {
        copy(range(of: sector))
        isDirty[sector] = false
    }

    /// Only the start or only the end of the sector's new bytes reaches the disk.
    /// - Returns: whether the sector is torn. Nothing is written when it has too few new bytes for that.
    private func tear(_ sector: Int, _ random: SeededRandom) -> Bool {
        let whole = range(of: sector)
        let isNew = whole.map { $0 >= durable.count || durable[$0] != cached[$0] }
        guard let first = isNew.firstIndex(of: true), let last = isNew.lastIndex(of: true), first < last else {
            return false
        }
        let cut = whole.lowerBound + random.within(first + 1...last)
        copy(random.chance(500) ? whole.lowerBound..<cut : cut..<whole.upperBound)
        return true
    }

    private func copy(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        if durable.count < range.upperBound {
            durable.append(contentsOf: repeatElement(0, count: range.upperBound - durable.count))
        }
        durable[range] = cached[range]
    }

    private func range(of sector: Int) -> Range<Int> {
        let start = sector * Self.sectorByteCount
        return start..<min(start + Self.sectorByteCount, cached.count)
    }

    private static func sectors(of range: Range<Int>) -> Range<Int> {
        range.lowerBound / sectorByteCount..<(range.upperBound + sectorByteCount - 1) / sectorByteCount
    }
}
