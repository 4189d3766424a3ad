import Addresses
import Foundation

/// What clients were promised, as they heard it on the wire: the judge over a server that is killed again and again.
struct LeaseLedger {
    /// An ACK that a client has seen and not given back.
    struct Promise {
        let address: IPv4Address
        let expiry: Date
    }

    private(set) var promises: [MACAddress: Promise] = [:]
    private var owners: [IPv4Address: MACAddress] = [:]
    private(set) var ackCount = 0
    /// Promises that were broken: refused, forgotten or changed.
    private(set) var lost: [String] = []
    /// Addresses that two clients hold.
    private(set) var doubled: [String] = []

    mutating func noteACK(of address: IPv4Address, to client: MACAddress, seconds: UInt32) {
        ackCount += 1
        if let owner = owners[address], owner != client {
            doubled.append("\(address) is \(owner)'s and was promised to \(client)")
        }
        if let old = promises[client], old.address != address {
            lost.append("\(client) held \(old.address) and got \(address)")
            owners[old.address] = nil
        }
        owners[address] = client
        promises[client] = Promise(address: address, expiry: Date.now.addingTimeInterval(TimeInterval(seconds)))
    }

    /// A NAK is honest towards a client that holds nothing.
    mutating func noteNAK(to client: MACAddress) {
        if let promise = promises[client] { lost.append("\(client) holds \(promise.address) and got a NAK") }
    }

    mutating func noteSilence(to client: MACAddress) {
        if let promise = promises[client] { lost.append("\(client) holds \(promise.address) and got no answer") }
    }

    /// The client gives its address back: it may be another's from now on.
    mutating func noteRelease(by client: MACAddress) {
        if let promise = promises.removeValue(forKey: client) { owners[promise.address] = nil }
    }

    /// Compares the promises with the lease file, which others read.
    mutating func compare(with rows: [LeaseRow]) {
        let byClient = Dictionary(rows.map { ($0.mac, $0) }, uniquingKeysWith: { first, _ in first })
        for (client, promise) in promises {
            let row = byClient["\(client)"]
            // The file tells whole seconds.
            if row?.ip == "\(promise.address)", let end = row?.end, end.timeIntervalSince(promise.expiry) > -2 { continue }
            lost.append("\(client) holds \(promise.address) to \(promise.expiry); the file has \(String(describing: row))")
        }
    }
}

/// A row of leases.json.
struct LeaseRow: Codable, Equatable {
    var mac, ip, expiry: String

    var end: Date? { try? Date(expiry, strategy: .iso8601) }
}
