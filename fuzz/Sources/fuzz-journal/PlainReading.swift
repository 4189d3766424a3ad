import Addresses
import FastDHCP
import JournalHost

/// Reads a journal a second time in the simplest way: one record slot after another, and the highest number wins.
struct PlainReading {
    struct Record: Equatable {
        var code: UInt8
        var client: MACAddress
    }

    /// The records of the pool's addresses.
    private(set) var records: [IPv4Address: Record] = [:]
    /// The addresses that damaged records name.
    private(set) var damaged: Set<IPv4Address> = []
    /// Whether the headers leave no doubt about which records belong to this file.
    private(set) var isCertain = false

    private static let crc = CRC32C()

    init(_ bytes: [UInt8]) {
        let headers = [0, 4096].compactMap { Self.header(bytes.dropFirst($0).prefix(64)) }
        guard let generation = headers.first, headers.allSatisfy({ $0 == generation }) else { return }
        isCertain = true
        var highest: [IPv4Address: UInt64] = [:]
        for start in stride(from: 8192, through: bytes.count - 64, by: 64) {
            let place = bytes[start..<start + 64]
            let address = IPv4Address(rawValue: UInt32(truncatingIfNeeded: Self.number(place, 16, 4)))
            guard Host.pool.contains(address) else { continue }
            guard Self.isSound(place, from: 4), (1...4).contains(place[start + 4]) else {
                damaged.insert(address)
                continue
            }
            let number = Self.number(place, 8, 8)
            guard Self.number(place, 28, 4) == generation, number > highest[address, default: 0] else { continue }
            highest[address] = number
            records[address] = Record(code: place[start + 4], client: MACAddress(rawValue: Self.number(place, 20, 6)))
        }
    }

    /// The generation in a header. Nil if the header is damaged.
    private static func header(_ bytes: ArraySlice<UInt8>) -> UInt64? {
        guard bytes.count == 64, Array(bytes.prefix(8)) == Array("COCOONJL".utf8) else { return nil }
        guard number(bytes, 8, 4) == UInt64(crc.checksum(of: Array(bytes.dropFirst(12)).span)) else { return nil }
        return number(bytes, 24, 4) <= 32 ? number(bytes, 16, 4) : nil
    }

    private static func isSound(_ bytes: ArraySlice<UInt8>, from offset: Int) -> Bool {
        number(bytes, 0, 4) == UInt64(crc.checksum(of: Array(bytes.dropFirst(offset)).span))
    }

    private static func number(_ bytes: ArraySlice<UInt8>, _ offset: Int, _ count: Int) -> UInt64 {
        bytes.dropFirst(offset).prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension Start {
    /// Checks that intact records are kept, that a damaged address is quarantined or stays with its owner, and that lost
    /// leases come from the copy.
    func check(against plain: PlainReading, hasCopy: Bool) {
        guard plain.isCertain else { return }
        let asksCopy = hasCopy && findings.hasLosses
        for address in Host.pool {
            let lease = leases.first { $0.address == address }
            if lease?.state == .quarantined, plain.damaged.contains(address) || asksCopy { continue }
            if let record = plain.records[address] {
                precondition(lease?.state == Self.states[Int(record.code)], "the state of \(address) changed")
                precondition(lease?.client == record.client, "\(address) changed hands")
            } else if asksCopy, let copied = LeaseCopy.leases.first(where: { $0.address == address }) {
                precondition(lease?.state == .bound && lease?.client == copied.client, "\(address) is not recovered")
            } else {
                precondition(lease == nil, "\(address) has a record from nowhere")
            }
        }
    }

    /// The state for each record code.
    private static let states: [LeaseState] = [.free, .bound, .expired, .declined, .quarantined]
}
