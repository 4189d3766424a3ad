import Addresses
import FastDHCP
import Node

/// Makes the profiles of clients from the settings for everyone and those of single clients.
struct ProfileMaker {
    /// The profile of clients without a reservation.
    let everyone: ClientProfile
    private let settings: PoolSettings
    private let mtu: UInt16?
    /// Indexed by `BootClient.rawValue`; empty when there is nothing to boot from.
    private let boots: [BootAnswer]
    private var layouts = ConfiguredOptions.Layouts()

    /// How many bytes remain for other options in the longest reply that fits in an Ethernet frame, an IP datagram of
    /// 1492 bytes, after the times (51, 58, 59), the server (54), the message type (53) and END.
    private static let optionsByteCapacity = 1196

    init(_ settings: PoolSettings, mtu: UInt16?) throws(BadInput) {
        self.settings = settings
        self.mtu = mtu
        let merged = MergedSettings(everyone: settings.everyone, own: nil)
        boots = try Self.boots(merged)
        everyone = try Self.profile(merged, settings, mtu: mtu, boots: boots, &layouts)
    }

    /// The profile of the client that a reservation is for.
    mutating func profile(of reservation: ReservationSetting) throws(BadInput) -> ClientProfile {
        let own = reservation.options
        let merged = MergedSettings(everyone: settings.everyone, own: own)
        let boots = own.values.keys.contains(where: \.isForBooting) ? try Self.boots(merged) : boots
        return try Self.profile(merged, settings, mtu: mtu, hostname: reservation.hostname, boots: boots, &layouts)
    }

    private static func profile(
        _ merged: MergedSettings, _ settings: PoolSettings, mtu: UInt16?, hostname: [UInt8]? = nil,
        boots: [BootAnswer], _ layouts: inout ConfiguredOptions.Layouts
    ) throws(BadInput) -> ClientProfile {
        let dns = merged.option(.dns) ?? OptionEncoding.addresses(settings.dnsServers)
        var options: [(code: OptionCode, value: [UInt8])] = [
            (.subnetMask, OptionEncoding.addresses([settings.subnet.netmask])),
            (.router, OptionEncoding.addresses([settings.gateway])),
            (.domainNameServer, dns),
            (.broadcastAddress, OptionEncoding.addresses([settings.subnet.broadcastAddress])),
        ]
        // Option 26 cannot carry a smaller value (RFC 2132 section 5.1).
        if let mtu, mtu >= 68, merged.option(.mtu) == nil {
            options.append((.interfaceMTU, OptionEncoding.uint16(mtu)))
        }
        if let hostname { options.append((.hostName, hostname)) }
        for key in OptionKey.allCases where key != .dns && !key.isForBooting {
            guard let code = key.code, let value = merged.option(key) else { continue }
            try check(value, of: merged.place(of: key), beside: dns)
            options.append((code, value))
        }
        for (index, option) in merged.customOptions.enumerated() {
            try check(option.value, of: merged.place(of: .custom).element(index), beside: dns)
            options.append((option.code, option.value))
        }
        do {
            var configured = try ConfiguredOptions(options)
            configured.shareLayout(in: &layouts)
            return ClientProfile(options: configured, boot: boots.isEmpty ? nil : { boots[$0.rawValue] })
        } catch {
            throw merged.fault(error, settings)
        }
    }

    /// Refuses an option that does not fit in any reply.
    private static func check(_ value: [UInt8], of place: Place, beside dns: [UInt8]) throws(BadInput) {
        let capacity = optionsByteCapacity - 6 - 6 - encodedByteCount(dns)
        let byteCount = encodedByteCount(value)
        guard byteCount <= capacity else {
            throw place.fault(nil, "has \(byteCount) bytes, but only \(capacity) fit in a reply", "shorten it")
        }
    }

    /// The byte count of a value, including the headers of its instances (RFC 3396).
    private static func encodedByteCount(_ value: [UInt8]) -> Int {
        value.count + 2 * max((value.count + 254) / 255, 1)
    }
}

// MARK: - Booting

extension ProfileMaker {
    /// What each kind of client boots from, indexed by `BootClient.rawValue`.
    private static func boots(_ merged: MergedSettings) throws(BadInput) -> [BootAnswer] {
        guard OptionKey.allCases.contains(where: { $0.isForBooting && merged[$0] != nil }) else { return [] }
        var answers: [BootAnswer] = []
        for client in BootClient.allCases {
            let file = merged.bootFile(for: client)
            do {
                answers.append(
                    try BootAnswer(
                        nextServer: merged.nextServer, serverName: merged.option(.tftpServer) ?? [], file: file,
                        vendorClass: client.bootsByHTTP && !file.isEmpty ? Array("HTTPClient".utf8) : []))
            } catch {
                throw merged.place(of: .bootFile).fault(nil, "\(error)", "correct it")
            }
        }
        return answers
    }
}

/// The options for everyone, replaced by those of one client where it has its own.
private struct MergedSettings {
    let everyone: OptionSettings
    let own: OptionSettings?

    subscript(key: OptionKey) -> OptionSetting? { own?[key] ?? everyone[key] }

    func option(_ key: OptionKey) -> [UInt8]? { own?.option(key) ?? everyone.option(key) }

    var customOptions: [CustomOption] { own?[.custom] != nil ? own?.customOptions ?? [] : everyone.customOptions }

    var nextServer: IPv4Address? {
        guard case .server(let address) = self[.nextServer] else { return nil }
        return address
    }

    /// The boot file for this kind of client. Without one, the file for all kinds, if this kind can read it; otherwise
    /// empty.
    func bootFile(for client: BootClient) -> [UInt8] {
        if case .boot(let files) = self[.boot], let file = files[client] { return file }
        let file = option(.bootFile) ?? []
        return client.bootsByHTTP && !WebAddress.isValid(file) ? [] : file
    }

    /// The place of a key's value.
    func place(of key: OptionKey) -> Place {
        (own?[key] == nil ? everyone.place : own?.place ?? everyone.place).member(key.rawValue)
    }

    /// An error about options, in the terms of the settings.
    func fault(_ error: ConfiguredOptionsError, _ settings: PoolSettings) -> BadInput {
        if case .duplicate(let code) = error, let key = OptionKey.allCases.first(where: { $0.code == code }) {
            return place(of: .custom).fault(nil, "has option \(code), which \"\(key)\" sets too", "remove one of them")
        }
        guard case .requiredTooLong(let byteCount, let limit) = error else {
            return everyone.place.fault(nil, "cannot be sent: \(error)", "correct it")
        }
        let place = self[.dns] == nil ? Place(file: settings.file, path: "dnsServers") : place(of: .dns)
        return place.fault(
            nil, "makes options 1, 3 and 6 \(byteCount) bytes long together, but only \(limit) fit in every reply",
            "list fewer servers")
    }
}
