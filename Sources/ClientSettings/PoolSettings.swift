package import Addresses
import FastDHCP
package import Node

/// What the operator wants clients to be told: pool.json's `options` and `reservations`, checked.
package struct PoolSettings: Sendable {
    /// pool.json itself.
    let file: String
    /// Keys of the file that this program does not know.
    let unknownKeys: [String]
    let subnet: IPv4Network
    let gateway: IPv4Address
    /// Who resolves names for clients where `options` do not say.
    let dnsServers: [IPv4Address]
    let everyone: OptionSettings
    let reservations: [MACAddress: ReservationSetting]

    /// Reads what `pool` and the file that it names say.
    /// - Parameter stateDirectory: where pool.json lies, and from where it names other files.
    /// - Throws: the first thing that cannot be used. How options fit into a reply is `policy`'s to say.
    package init(_ pool: Pool, stateDirectory: String) throws(BadInput) {
        file = Pool.path(in: stateDirectory)
        unknownKeys = pool.otherMembers.map(\.key)
        subnet = pool.subnet
        gateway = pool.gateway
        dnsServers = pool.dnsServers.isEmpty ? Pool.defaultDNSServers : pool.dnsServers
        let top = Place(file: file, path: "")
        everyone = try Self.options(of: pool, at: top.member("options"), stateDirectory: stateDirectory)
        guard let reservations = pool.reservations else {
            self.reservations = [:]
            return
        }
        self.reservations = try ReservationSetting.all(
            Setting(place: top.member("reservations"), value: reservations), in: pool)
    }

    /// The name that the reservation of a client gives it.
    package func hostname(of client: MACAddress) -> String? {
        reservations[client]?.hostname.map { String(decoding: $0, as: UTF8.self) }
    }
}
