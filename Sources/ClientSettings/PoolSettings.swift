package import Addresses
import FastDHCP
package import Node

/// The operator's settings for clients: pool.json's `options` and `reservations`, checked.
package struct PoolSettings: Sendable {
    /// The path of pool.json.
    let file: String
    /// Keys of the file that this program does not know.
    let unknownKeys: [String]
    let subnet: IPv4Network
    let gateway: IPv4Address
    /// The name servers of clients, unless `options` name others.
    let dnsServers: [IPv4Address]
    let everyone: OptionSettings
    let reservations: [MACAddress: ReservationSetting]

    /// Reads the settings from `pool` and from the file that it names.
    /// - Parameter stateDirectory: the directory of pool.json; the names of other files are relative to it.
    /// - Throws: the first error. Whether the options fit in a reply is checked by `policy`.
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

    /// The host name in a client's reservation.
    package func hostname(of client: MACAddress) -> String? {
        reservations[client]?.hostname.map { String(decoding: $0, as: UTF8.self) }
    }
}
