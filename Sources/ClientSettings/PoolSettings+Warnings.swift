import Addresses
package import FastDHCP
import Node

extension PoolSettings {
    /// Warnings about keys that have no effect, and about options that can be sent, but that some VMs may not understand or
    /// may not get.
    /// - Parameter policy: the policy made from these settings.
    package func warnings(of policy: ClientPolicy) -> [String] {
        misspeltKeys + smallMTUs + optionsWithoutRoom(policy)
    }

    /// Unknown keys of pool.json that are nearly the name of a known one.
    private var misspeltKeys: [String] {
        unknownKeys.compactMap { key in
            NearestWord.find(key, among: Pool.keys).map {
                "\(file): \"\(key)\" is not known and has no effect; did you mean \"\($0)\"?"
            }
        }
    }

    private var smallMTUs: [String] {
        let own = reservations.values.map(\.options).sorted { $0.place.path < $1.place.path }
        return ([everyone] + own).compactMap { options in
            guard let mtu = options.option(.mtu), mtu.lexicographicallyPrecedes(OptionEncoding.uint16(576)) else {
                return nil
            }
            return options.place.member(OptionKey.mtu.rawValue).fault(
                nil, "is so small that many clients ignore it", "use 576 or more"
            ).description
        }
    }

    /// Warnings about the options that do not fit in the smallest reply, each once.
    private func optionsWithoutRoom(_ policy: ClientPolicy) -> [String] {
        var warnings = policy.everyone.optionsWithoutRoom.map { warning($0, at: place(of: $0)) }
        var seen = Set(warnings)
        for (client, reservation) in reservations.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where reservation.hasProfile {
            for code in policy.profile(of: client).optionsWithoutRoom {
                let warning = warning(code, at: place(of: code, for: client, reservation))
                if seen.insert(warning).inserted { warnings.append(warning) }
            }
        }
        return warnings
    }

    private func warning(_ code: OptionCode, at place: Place) -> String {
        place.fault(
            nil,
            "(option \(code)) does not fit in a reply of 576 bytes, so a VM that accepts no more does not get it",
            "shorten it, or remove other options"
        ).description
    }

    /// The place of an option's value.
    private func place(of code: OptionCode) -> Place {
        if let place = everyone.place(of: code) { return place }
        let isDefaultDNS = code == .domainNameServer
        return isDefaultDNS ? Place(file: file, path: "dnsServers") : everyone.place
    }

    private func place(of code: OptionCode, for client: MACAddress, _ reservation: ReservationSetting) -> Place {
        if code == .hostName {
            return Place(file: file, path: "reservations").quotedMember("\(client)").member(
                ReservationKey.hostname.rawValue)
        }
        return reservation.options.place(of: code) ?? place(of: code)
    }
}

extension OptionSettings {
    /// The place of an option's value; nil when these settings do not set it.
    fileprivate func place(of code: OptionCode) -> Place? {
        if let index = customOptions.firstIndex(where: { $0.code == code }) {
            return place.member(OptionKey.custom.rawValue).element(index)
        }
        let keys = OptionKey.allCases.filter { $0.code == code || (code == .bootfileName && $0 == .boot) }
        return keys.first { self[$0] != nil }.map { place.member($0.rawValue) }
    }
}
