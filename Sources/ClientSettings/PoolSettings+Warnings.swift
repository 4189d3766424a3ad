import Addresses
package import FastDHCP
import Node

extension PoolSettings {
    /// What some VMs may not understand or not get, though it can be sent.
    /// - Parameter policy: what these settings made.
    package func warnings(of policy: ClientPolicy) -> [String] {
        misspeltKeys + smallMTUs + optionsWithoutRoom(policy)
    }

    /// Keys of pool.json that nobody reads and that are nearly one that is.
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

    /// The options that do not fit into the smallest reply, each once.
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
            "(option \(code)) has no room in a reply of 576 bytes, and a client that takes no more goes without it",
            "shorten it, or remove other options"
        ).description
    }

    /// Where the value of an option stands.
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
    /// Where the value of an option stands; nil when it is not here.
    fileprivate func place(of code: OptionCode) -> Place? {
        if let index = customOptions.firstIndex(where: { $0.code == code }) {
            return place.member(OptionKey.custom.rawValue).element(index)
        }
        let keys = OptionKey.allCases.filter { $0.code == code || (code == .bootfileName && $0 == .boot) }
        return keys.first { self[$0] != nil }.map { place.member($0.rawValue) }
    }
}
