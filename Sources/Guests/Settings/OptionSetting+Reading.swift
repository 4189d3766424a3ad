import Addresses
import FastDHCP
import Node

extension OptionSetting {
    init(_ setting: Setting, of key: OptionKey, in pool: Pool) throws(BadInput) {
        self =
            switch key {
            case .leaseTime: .time(try setting.leaseTime())
            case .renewalTime, .rebindingTime: .time(try setting.timer())
            case .spreadRenewals: .flag(try setting.flag())
            case .dns, .ntp: .option(try Self.servers(setting))
            case .domain: .option(try setting.domainName())
            case .search: .option(try Self.search(setting))
            case .mtu: .option(OptionEncoding.uint16(try setting.integer(in: 68...UInt16.max)))
            case .routes: .option(try Self.routes(setting, in: pool))
            case .captivePortal: .option(try Self.captivePortal(setting))
            // Less would be taken for 300 (RFC 8925 section 3.4).
            case .ipv6OnlyWait: .option(OptionEncoding.uint32(try setting.integer(in: 300...UInt32.max)))
            case .nextServer: .server(try setting.serverAddress())
            case .tftpServer: .option(try setting.domainName())
            case .bootFile: .option(try setting.name())
            case .boot: .boot(try Self.boot(setting))
            case .custom:
                .custom(
                    try setting.list("has the same code as", by: \.code) { (element) throws(BadInput) in
                        try CustomOption(element)
                    })
            }
    }

    private static func servers(_ setting: Setting) throws(BadInput) -> [UInt8] {
        OptionEncoding.addresses(
            try setting.list(by: \.self) { (element) throws(BadInput) in try element.serverAddress() })
    }

    private static func search(_ setting: Setting) throws(BadInput) -> [UInt8] {
        let names: [[UInt8]] = try setting.list(by: lowercased) { (element) throws(BadInput) in try element.labels() }
        return names.flatMap(\.self)
    }

    /// The labels in lower case; their lengths are below the letters.
    private static func lowercased(_ labels: [UInt8]) -> [UInt8] {
        labels.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }

    private static func captivePortal(_ setting: Setting) throws(BadInput) -> [UInt8] {
        let octets = try setting.name()
        // RFC 8910 section 2: this one says that there is no portal.
        let isNone = octets == Array("urn:ietf:params:capport:unrestricted".utf8)
        guard isNone || WebAddress.isValid(octets) else {
            throw setting.fault("is no http or https URI", "write it like https://portal.example.com/api")
        }
        return octets
    }

    private static func boot(_ setting: Setting) throws(BadInput) -> [BootClient: [UInt8]] {
        var files: [BootClient: [UInt8]] = [:]
        for (key, setting) in try setting.members(by: BootKey.self).sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let file = try setting.name()
            if key.client.bootsByHTTP && !WebAddress.isValid(file) {
                throw setting.fault("is no http or https URI", "write it like http://boot.example.com/shim.efi")
            }
            files[key.client] = file
        }
        guard !files.isEmpty else { throw setting.fault("is empty", "name a file, or remove the key") }
        return files
    }
}

// MARK: - Routes

private struct Route {
    let destination: IPv4Network
    let router: IPv4Address

    init(_ setting: Setting, in subnet: IPv4Network) throws(BadInput) {
        let members = try setting.members(by: RouteKey.self)
        guard let to = members[.to] else { throw setting.fault("has no \"to\"", "name the network that it leads to") }
        guard let via = members[.via] else {
            throw setting.fault("has no \"via\"", "name the router, an address of \(subnet)")
        }
        destination = try to.network()
        router = try via.address()
        guard subnet.hosts.contains(router) else {
            throw via.fault("is no host's address in the subnet \(subnet)", "name a router that guests reach directly")
        }
    }
}

extension OptionSetting {
    /// The routes; with the default route among them, as a client that takes option 121 ignores option 3 (RFC 3442).
    private static func routes(_ setting: Setting, in pool: Pool) throws(BadInput) -> [UInt8] {
        let subnet = pool.subnet
        let list: [Route] = try setting.list("has the same destination as", by: \.destination) {
            (element) throws(BadInput) in try Route(element, in: subnet)
        }
        var routes = list.map { ($0.destination, $0.router) }
        let everything = IPv4Network(containing: .unspecified, prefixLength: 0)
        if !routes.contains(where: { $0.0 == everything }) { routes.append((everything, pool.gateway)) }
        do {
            return try OptionEncoding.classlessRoutes(routes)
        } catch {
            preconditionFailure("a list with a default route is not empty")
        }
    }
}
