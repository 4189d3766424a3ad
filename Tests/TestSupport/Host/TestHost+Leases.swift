package import Addresses
package import Foundation

/// Which leases there are, by leases.json and by the control socket.
extension TestHost {
    /// The rows of leases.json.
    /// - Throws: when it is no whole JSON text.
    package func leaseRows() throws -> [LeaseRow] {
        let text = sandbox.read(TestHost.leaseFile) ?? "null"
        return try JSONDecoder().decode([LeaseRow]?.self, from: Data(text.utf8)) ?? []
    }

    /// The addresses that the daemon says are bound, each with its client.
    package func bindings() throws -> [IPv4Address: MACAddress] {
        var bindings: [IPv4Address: MACAddress] = [:]
        var after: String?
        repeat {
            let path = "/v1/leases?state=bound&limit=10000" + (after.map { "&after=\($0)" } ?? "")
            let response = try control("GET", path)
            guard response.status == 200 else { throw ExchangeError("GET \(path): \(response.status)") }
            let page = try JSONDecoder().decode(LeasePage.self, from: Data(response.body.utf8))
            bindings.merge(page.leases.owners) { first, _ in first }
            after = page.next
        } while after != nil
        return bindings
    }
}

/// A row of leases.json.
package struct LeaseRow: Codable, Equatable {
    package var mac, ip, expiry: String

    package init(mac: String, ip: String, expiry: String) { (self.mac, self.ip, self.expiry) = (mac, ip, expiry) }

    package var end: Date? { try? Date(expiry, strategy: .iso8601) }
}

extension [LeaseRow] {
    /// The client of each address.
    package var owners: [IPv4Address: MACAddress] {
        let pairs = compactMap { row in
            IPv4Address(row.ip).flatMap { address in MACAddress(row.mac).map { (address, $0) } }
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }
}

/// A page of the control API's leases; their rows have more than those of leases.json.
private struct LeasePage: Decodable {
    var leases: [LeaseRow]
    var next: String?
}
