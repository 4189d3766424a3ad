import Addresses
import FastDHCP
import Node

/// The value of a key of `options`: checked, and encoded if the key sets an option.
enum OptionSetting: Equatable, Sendable {
    case option([UInt8])
    case time(LeaseTime)
    case flag(Bool)
    case server(IPv4Address)
    case boot([BootClient: [UInt8]])
    case custom([CustomOption])
}

/// An option without a key of its own.
struct CustomOption: Equatable, Sendable {
    let code: OptionCode
    let value: [UInt8]
}

/// The keys of one `options` object.
struct OptionSettings: Sendable {
    /// The place of the object.
    let place: Place
    let values: [OptionKey: OptionSetting]

    init(nothingAt place: Place) {
        self.place = place
        values = [:]
    }

    /// - Parameter isReservation: whether the options belong to one client's reservation.
    init(_ setting: Setting, in pool: Pool, isReservation: Bool) throws(BadInput) {
        var values: [OptionKey: OptionSetting] = [:]
        for (key, setting) in try setting.members(by: OptionKey.self).sorted(by: { $0.key.rawValue < $1.key.rawValue })
        {
            if isReservation && key.isForEveryone {
                throw setting.fault("is the same for all VMs", "move it to \"options\"")
            }
            values[key] = try key.shape.read(setting, pool)
        }
        place = setting.place
        self.values = values
    }

    subscript(key: OptionKey) -> OptionSetting? { values[key] }

    func time(_ key: OptionKey) -> LeaseTime? {
        guard case .time(let time) = values[key] else { return nil }
        return time
    }

    func flag(_ key: OptionKey) -> Bool? {
        guard case .flag(let flag) = values[key] else { return nil }
        return flag
    }

    /// The bytes of the key's option.
    func option(_ key: OptionKey) -> [UInt8]? {
        guard case .option(let bytes) = values[key] else { return nil }
        return bytes
    }

    var customOptions: [CustomOption] {
        guard case .custom(let options) = values[.custom] else { return [] }
        return options
    }
}
