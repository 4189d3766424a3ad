import Addresses
import Benchmark
import FastDHCP
import LinuxSystem
import Workload

/// A table from which one worker claims addresses and lets them expire.
private final class Pool {
    static let client = MACAddress(0x52, 0x54, 0, 0, 0, 1)
    /// How many addresses are claimed or expire in a sample. The smallest pool has more.
    static let groupSize = 128

    let table: LeaseTable
    /// Addresses in an order that defeats the caches.
    private let scattered: [IPv4Address]
    private var claimed: [Int] = []
    private var time: UInt64 = 0

    init(count: Int) {
        table = LeaseTable(pool: (0..<count).map(Frames.address(of:)))
        scattered = (0..<Self.groupSize).map { Frames.address(of: $0 &* 0x9E37_79B1 % count) }
        claimed.reserveCapacity(Self.groupSize)
    }

    func lookUp() {
        for address in scattered {
            guard let slotIndex = table.slotIndex(of: address) else { preconditionFailure("the pool has \(address)") }
            blackHole(table.read(slotIndex)?.owner.rawValue)
        }
    }

    func claim() {
        let holder = SlotOwner(client: Self.client, worker: 0, state: .bound)
        for _ in 0..<Self.groupSize {
            guard let (slotIndex, free) = table.takeAvailable(),
                table.update(slotIndex, ifHeldAs: free, { $0.owner = holder })
            else { preconditionFailure("an address is free") }
            claimed.append(slotIndex)
        }
    }

    func expire() {
        time += 1
        let now = BootTime(milliseconds: time)
        let bound = SlotOwner(client: Self.client, worker: 0, state: .bound)
        let expired = SlotOwner(client: Self.client, worker: 0, state: .expired)
        for slotIndex in claimed {
            let isOurs = table.update(slotIndex, ifHeldAs: bound) { slot in
                slot.owner = expired
                slot.deadline = now
            }
            precondition(isOurs, "nobody else has the table")
            table.makeAvailable(slotIndex, since: now)
        }
        claimed.removeAll(keepingCapacity: true)
    }
}

func registerLeaseTableBenchmarks() {
    for count in [140, 16_384, 1 << 20] {
        Benchmark("lease table: look up \(Pool.groupSize) of \(count)") { _, pool in
            pool.lookUp()
        } setup: {
            Pool(count: count)
        }

        Benchmark("lease table: claim \(Pool.groupSize) of \(count)") { benchmark, pool in
            benchmark.startMeasurement()
            pool.claim()
            benchmark.stopMeasurement()
            pool.expire()
        } setup: {
            Pool(count: count)
        }

        Benchmark("lease table: expire \(Pool.groupSize) of \(count)") { benchmark, pool in
            pool.claim()
            benchmark.startMeasurement()
            pool.expire()
            benchmark.stopMeasurement()
        } setup: {
            Pool(count: count)
        }
    }
}
