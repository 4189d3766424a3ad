import Addresses
import Testing

@testable import FastDHCP

@Suite("Client index")
struct ClientIndexTests {
    @Test("a client that was never seen has no slot and has declined nothing")
    func unknown() {
        let index = ClientIndex(slotCount: 4, hashKey: 1)
        #expect(index.slotIndex(of: mac(1)) == nil)
        #expect(index.declinedCount(of: mac(1)) == 0)
        #expect(index.count == 0)
    }

    @Test("an assigned slot is found, also slot 0 and the address 00:00:00:00:00:00")
    func assign() {
        var index = ClientIndex(slotCount: 2, hashKey: 1)
        index.assign(0, to: .zero)
        index.assign(1, to: .broadcast)
        #expect(index.slotIndex(of: .zero) == 0)
        #expect(index.slotIndex(of: .broadcast) == 1)
        #expect(index.count == 2)
    }

    @Test(
        "clients with sequential addresses are close to their home cells",
        arguments: [0, 1, UInt64.max, 0x9E37_79B9_7F4A_7C15])
    func sequentialAddresses(_ hashKey: UInt64) {
        let count = 20_000
        var index = ClientIndex(slotCount: count, hashKey: hashKey)
        for number in 0..<count { index.assign(number, to: MACAddress(rawValue: 0x5254_0000_0000 + UInt64(number))) }
        let distances = (0..<count).map {
            index.probeLength(of: MACAddress(rawValue: 0x5254_0000_0000 + UInt64($0)))
        }
        // With at most half of the cells in use, linear probing takes 1.5 probes on average (Knuth, volume 3, 6.4).
        #expect(Double(distances.reduce(0, +)) / Double(count) < 1.6)
        #expect(distances.max()! < 40)
    }

    @Test("a client has one slot: the last one assigned")
    func moves() {
        var index = ClientIndex(slotCount: 3, hashKey: 1)
        index.assign(0, to: mac(1))
        index.assign(2, to: mac(1))
        index.assign(2, to: mac(1))
        #expect(index.slotIndex(of: mac(1)) == 2)
        #expect(index.count == 1)
    }

    @Test("a slot has one client: the last one assigned")
    func replaces() {
        var index = ClientIndex(slotCount: 3, hashKey: 1)
        index.assign(0, to: mac(1))
        index.assign(0, to: mac(2))
        #expect(index.slotIndex(of: mac(1)) == nil)
        #expect(index.slotIndex(of: mac(2)) == 0)
        #expect(index.count == 1)
    }

    @Test("a declined address counts against its client until it is detached, whatever address the client has")
    func declines() {
        var index = ClientIndex(slotCount: 3, hashKey: 1)
        for slotIndex in 0..<2 {
            index.assign(slotIndex, to: mac(1))
            index.decline(slotIndex)
            #expect(index.slotIndex(of: mac(1)) == nil)
            #expect(index.declinedCount(of: mac(1)) == slotIndex + 1)
        }
        index.assign(2, to: mac(1))
        #expect(index.slotIndex(of: mac(1)) == 2)
        #expect(index.declinedCount(of: mac(1)) == 2)
        index.detach(0)
        #expect(index.declinedCount(of: mac(1)) == 1)
        index.assign(1, to: mac(2))
        #expect(index.declinedCount(of: mac(1)) == 0)
        #expect(index.slotIndex(of: mac(1)) == 2)
        index.detach(2)
        #expect(index.count == 1)
    }

    @Test("a declined address that its own client gets back no longer counts")
    func declineUndone() {
        var index = ClientIndex(slotCount: 2, hashKey: 1)
        index.assign(0, to: mac(1))
        index.decline(0)
        index.decline(0)
        #expect(index.declinedCount(of: mac(1)) == 1)
        index.assign(0, to: mac(1))
        #expect(index.declinedCount(of: mac(1)) == 0)
        #expect(index.slotIndex(of: mac(1)) == 0)
    }

    @Test("it behaves like a dictionary, at full load and with any hash key", arguments: Seeds.first(20))
    func model(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        // Few slots and three times as many clients make chains of collisions that wrap around the end, and deletions
        // inside them.
        let slotCount = [1, 2, 3, 5, 8, 16, 33].randomElement(using: &numbers)!
        var index = ClientIndex(slotCount: slotCount, hashKey: seed.isMultiple(of: 5) ? 0 : numbers.next())
        var model = IndexModel()
        let clients = (0..<slotCount * 3).map { _ in MACAddress(rawValue: numbers.next()) }
        for _ in 0..<2000 {
            let slotIndex = Int.random(in: 0..<slotCount, using: &numbers)
            switch Int.random(in: 0..<4, using: &numbers) {
            case 0, 1:
                let client = clients.randomElement(using: &numbers)!
                index.assign(slotIndex, to: client)
                model.assign(slotIndex, to: client)
            case 2:
                index.detach(slotIndex)
                model.detach(slotIndex)
            default:
                index.decline(slotIndex)
                model.decline(slotIndex)
            }
            #expect(index.count == model.clientCount)
            for client in clients {
                #expect(index.slotIndex(of: client) == model.current[client])
                #expect(index.declinedCount(of: client) == model.declinedCount(of: client))
            }
        }
    }

    @Test("neighbouring hardware addresses, as clones have them, spread over the cells")
    func spread() {
        var index = ClientIndex(slotCount: 60_000, hashKey: 0x1234_5678_9ABC_DEF1)
        for number in 0..<60_000 { index.assign(number, to: mac(number)) }
        #expect((0..<60_000).allSatisfy { index.slotIndex(of: mac($0)) == $0 })
        for number in 0..<60_000 { index.detach(number) }
        #expect(index.count == 0)
    }
}

/// A simple model of the index.
private struct IndexModel {
    var current: [MACAddress: Int] = [:]
    private var attributed: [Int: MACAddress] = [:]

    var clientCount: Int { Set(attributed.values).count }

    func declinedCount(of client: MACAddress) -> Int {
        attributed.count { $0.value == client && current[client] != $0.key }
    }

    mutating func assign(_ slotIndex: Int, to client: MACAddress) {
        detach(slotIndex)
        if let former = current[client] { attributed[former] = nil }
        attributed[slotIndex] = client
        current[client] = slotIndex
    }

    mutating func decline(_ slotIndex: Int) {
        guard let client = attributed[slotIndex], current[client] == slotIndex else { return }
        current[client] = nil
    }

    mutating func detach(_ slotIndex: Int) {
        guard let client = attributed.removeValue(forKey: slotIndex) else { return }
        if current[client] == slotIndex { current[client] = nil }
    }
}
