import Addresses
import Foundation
import TestSupport

/// What clients were promised, as they heard it on the wire: the judge over a server that is killed again and again.
struct LeaseLedger {
    /// An ACK that a client has seen and not given back.
    struct Promise {
        let address: IPv4Address
        let expiry: Date
        /// The lease time.
        let seconds: TimeInterval
    }

    private(set) var promises: [MACAddress: Promise] = [:]
    private var owners: [IPv4Address: MACAddress] = [:]
    private(set) var ackCount = 0
    /// Promises that were broken: refused, forgotten or changed.
    private(set) var lost: [String] = []
    /// Addresses that two clients hold.
    private(set) var doubled: [String] = []

    /// Whether every promise has been kept up to now.
    var isKept: Bool { lost.isEmpty && doubled.isEmpty }

    mutating func recordACK(of address: IPv4Address, to client: MACAddress, seconds: UInt32) {
        ackCount += 1
        if let owner = owners[address], owner != client {
            doubled.append("\(address) is \(owner)'s and was promised to \(client)")
        }
        if let old = promises[client], old.address != address {
            lost.append("\(client) held \(old.address) and got \(address)")
            owners[old.address] = nil
        }
        owners[address] = client
        let time = TimeInterval(seconds)
        promises[client] = Promise(address: address, expiry: Date.now.addingTimeInterval(time), seconds: time)
    }

    /// A NAK breaks a promise only if the client holds one.
    mutating func recordNAK(to client: MACAddress) {
        if let promise = promises[client] { lost.append("\(client) holds \(promise.address) and got a NAK") }
    }

    mutating func recordSilence(to client: MACAddress) {
        if let promise = promises[client] { lost.append("\(client) holds \(promise.address) and got no answer") }
    }

    /// The client gives its address back: it may be another's from now on.
    mutating func recordRelease(by client: MACAddress) {
        if let promise = promises.removeValue(forKey: client) { owners[promise.address] = nil }
    }

    /// The promises that the host does not keep: not in the lease file, not routed, or not pinned to their owner.
    ///
    /// An extension need not be in the file yet: the address is held for a quarter of the lease time beyond it.
    func missing(from host: TestHost) throws -> [String] {
        let rows = Dictionary(try host.leaseRows().map { ($0.mac, $0) }, uniquingKeysWith: { first, _ in first })
        let (routes, neighbours) = (host.routedAddresses, host.pinnedNeighbours)
        return promises.compactMap { client, promise in
            let row = rows["\(client)"]
            let isTold =
                row?.ip == "\(promise.address)" && row?.end.map { $0 >= promise.expiry - promise.seconds / 4 } == true
            guard !isTold || !routes.contains(promise.address) || neighbours[promise.address] != client else {
                return nil
            }
            return "\(client) holds \(promise.address) until \(promise.expiry); the file has \(String(describing: row))"
        }
    }
}
