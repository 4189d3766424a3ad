import Addresses
import FastDHCP

/// The leases that clients were promised, as seen on the wire, not as the server keeps them.
struct Ledger {
    struct Promise {
        var address: IPv4Address
        var client: MACAddress
        /// The end of the lease in true time.
        var until: UInt64
    }

    /// By address: `decidedAt` of the record that was on the disk at the latest ACK.
    private var recorded: [IPv4Address: UInt64] = [:]

    /// By the address's place in the pool: its latest promise, which may be over.
    private var promises: [Promise?]
    private let pool: [IPv4Address]

    init(pool: [IPv4Address]) {
        self.pool = pool
        promises = [Promise?](repeating: nil, count: pool.count)
    }

    /// The promise of an address, if it is not over.
    func promise(of address: IPv4Address, at now: UInt64) -> Promise? {
        guard let place = pool.firstIndex(of: address), let promise = promises[place], promise.until > now else {
            return nil
        }
        return promise
    }

    func promises(at now: UInt64) -> [Promise] { promises.compactMap { $0 }.filter { $0.until > now } }

    mutating func record(_ record: DurableRecord) { recorded[record.address] = record.decidedAt }

    /// Whether an ACK left for this record. A binding whose route failed is on the disk as well, but was never
    /// promised.
    func isAcknowledged(_ record: DurableRecord) -> Bool { recorded[record.address] == record.decidedAt }

    /// Notes an ACK. A client that gets another address gives up its former one.
    mutating func record(_ promise: Promise) {
        end(of: promise.client) { $0 != promise.address }
        guard let place = pool.firstIndex(of: promise.address) else { return }
        promises[place] = promise
    }

    /// The client gives up its leases of some addresses.
    mutating func end(of client: MACAddress, _ isMeant: (IPv4Address) -> Bool) {
        for place in promises.indices where promises[place]?.client == client && isMeant(pool[place]) {
            promises[place] = nil
        }
    }

    /// Forgets the promise of an address whose lease may be lost.
    mutating func excuse(_ address: IPv4Address) {
        if let place = pool.firstIndex(of: address) { promises[place] = nil }
    }
}
