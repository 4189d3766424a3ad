import Addresses
import FastDHCP
import Node

/// A reservation: the address and the settings of one client.
struct ReservationSetting: Sendable {
    let address: IPv4Address
    /// Option 12.
    let hostname: [UInt8]?
    /// The options that this client gets instead of those for everyone.
    let options: OptionSettings

    /// Whether the client gets anything of its own.
    var hasProfile: Bool { hostname != nil || !options.values.isEmpty }

    /// Whether it has the same content as `other`, regardless of its place.
    func isSame(as other: ReservationSetting?) -> Bool {
        guard let other else { return false }
        return address == other.address && hostname == other.hostname && options.values == other.options.values
    }

    /// - Parameter setting: an address, or an object that contains one.
    fileprivate init(_ setting: Setting, in pool: Pool, _ addresses: inout AddressBook) throws(BadInput) {
        var members: [ReservationKey: Setting] = [:]
        switch setting.value {
        case .string: members[.ip] = setting
        case .object: members = try setting.members(by: ReservationKey.self)
        default:
            throw setting.fault(
                "is \(setting.value.kind), not an address or an object", "write an address, or {\"ip\": \"…\"}")
        }
        guard let ip = members[.ip] else { throw setting.fault("has no \"ip\"", "name an address of the pool") }
        address = try addresses.take(ip, for: setting.place, in: pool)
        hostname = try members[.hostname]?.domainName()
        guard let options = members[.options] else {
            options = OptionSettings(nothingAt: setting.place.member(ReservationKey.options.rawValue))
            return
        }
        self.options = try OptionSettings(options, in: pool, isReservation: true)
    }
}

extension ReservationSetting {
    /// Reads all of `reservations`.
    static func all(_ setting: Setting, in pool: Pool) throws(BadInput) -> [MACAddress: ReservationSetting] {
        guard case .object(let members) = setting.value else {
            throw setting.fault("is \(setting.value.kind), not an object", "write it as {\"MAC\": \"address\"}")
        }
        var reservations: [MACAddress: ReservationSetting] = [:]
        reservations.reserveCapacity(members.count)
        var spellings: [MACAddress: String] = [:]
        var addresses = AddressBook(pool)
        for member in members {
            let place = setting.place.quotedMember(member.key)
            let client = try client(member.key, at: place)
            if let other = spellings.updateValue(member.key, forKey: client) {
                throw place.fault(nil, "appears twice, also as \"\(other)\"", "remove one of them")
            }
            reservations[client] = try ReservationSetting(
                Setting(place: place, value: member.value), in: pool, &addresses)
        }
        return reservations
    }

    private static func client(_ text: String, at place: Place) throws(BadInput) -> MACAddress {
        guard let client = MACAddress(text) else {
            throw place.fault(nil, "is not a MAC address such as 02:00:00:00:00:01", "correct it")
        }
        guard client != .zero, !client.isMulticast else {
            throw place.fault(nil, "is not a MAC address that a NIC can have", "write the MAC address of the VM's NIC")
        }
        return client
    }
}

/// The addresses of the pool, and which of them are reserved already.
private struct AddressBook {
    private let available: Set<IPv4Address>
    private var owners: [IPv4Address: Place] = [:]

    init(_ pool: Pool) { available = Set(pool.ips) }

    mutating func take(_ setting: Setting, for owner: Place, in pool: Pool) throws(BadInput) -> IPv4Address {
        let address = try setting.address()
        if let problem = pool.problem(withLeasing: address) {
            throw setting.fault(problem, "use an address of the pool")
        }
        guard available.contains(address) else {
            throw setting.fault("is not among the pool's addresses", "use one of \"ips\"")
        }
        if let other = owners.updateValue(owner, forKey: address) {
            throw setting.fault("is already reserved by \(other.path)", "give one of them another address")
        }
        return address
    }
}
