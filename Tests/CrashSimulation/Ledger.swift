import Addresses
import FastDHCP

/// What the clients were told, as seen on the wire: the server has no part in it.
struct Ledger {
    struct Promise {
        var address: IPv4Address
        var client: MACAddress
        /// The end of the lease in true time.
        var until: UInt64
    }

    /// By address, when the record was written that stood on the disk at the latest ACK.
    private var recorded: [IPv4Address: UInt64] = [:]

    /// By the address's place in the pool; at most one that is not over.
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

    /// Whether an ACK went out on this record. A binding without a route is on the disk, too, and never held.
    func isAcknowledged(_ record: DurableRecord) -> Bool { recorded[record.address] == record.decidedAt }

    /// An ACK was seen. A client that is told of another address gives up the one before.
    mutating func record(_ promise: Promise) {
        end(of: promise.client) { $0 != promise.address }
        guard let place = pool.firstIndex(of: promise.address) else { return }
        promises[place] = promise
    }

    /// The client gives up what it has of some addresses.
    mutating func end(of client: MACAddress, _ isMeant: (IPv4Address) -> Bool) {
        for place in promises.indices where promises[place]?.client == client && isMeant(pool[place]) {
            promises[place] = nil
        }
    }

    /// The record of an address was damaged on the disk: its lease may be lost.
    mutating func excuse(_ address: IPv4Address) {
        if let place = pool.firstIndex(of: address) { promises[place] = nil }
    }
}
