import Addresses
import FastDHCP
import Node

/// The values that a key of `options` accepts: the text for the reference, and the function that reads them.
struct OptionShape: Sendable {
    /// The description, in Markdown.
    let text: String
    let read: @Sendable (Setting, Pool) throws(BadInput) -> OptionSetting

    private init(
        _ text: String, _ read: @escaping @Sendable (Setting, Pool) throws(BadInput) -> OptionSetting
    ) {
        self.text = text
        self.read = read
    }
}

extension OptionShape {
    static let leaseTime = OptionShape("`90s`, `15m`, `24h`, `7d` or `infinite`; 10 to 2,147,483,647 s") {
        (setting, _) throws(BadInput) in .time(try setting.leaseTime())
    }

    static func timer(below limit: String) -> OptionShape {
        OptionShape("a time below \(limit); not allowed if leases are infinite") { (setting, _) throws(BadInput) in
            .time(try setting.timer())
        }
    }

    static func flag(_ text: String) -> OptionShape {
        OptionShape(text) { (setting, _) throws(BadInput) in .flag(try setting.flag()) }
    }

    static let hosts = OptionShape("addresses of hosts") { (setting, _) throws(BadInput) in
        .option(
            OptionEncoding.addresses(
                try setting.list(by: \.self) { (element) throws(BadInput) in try element.serverAddress() }))
    }

    /// - Parameter alternative: what is allowed besides a domain name, as a continuation of "a domain name".
    static func domainName(also alternative: String) -> OptionShape {
        let text =
            alternative.isEmpty
            ? "a domain name: letters, digits, hyphens and underscores, at most 63 in a label and 253 in all"
            : "a domain name" + alternative
        return OptionShape(text) { (setting, _) throws(BadInput) in .option(try setting.domainName()) }
    }

    static let searchList = OptionShape("domain names") { (setting, _) throws(BadInput) in
        let names: [[UInt8]] = try setting.list(by: lowercased) { (element) throws(BadInput) in try element.labels() }
        return .option(names.flatMap(\.self))
    }

    /// The labels in lower case. The bytes with their lengths are below the letters, and so do not change.
    private static func lowercased(_ labels: [UInt8]) -> [UInt8] {
        labels.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }

    static let mtu = OptionShape("68 to 65,535; below 576 gives a warning, because many clients ignore it") {
        (setting, _) throws(BadInput) in .option(OptionEncoding.uint16(try setting.integer(in: 68...UInt16.max)))
    }

    static func seconds(from least: UInt32) -> OptionShape {
        OptionShape("seconds, \(least) to 4,294,967,295") { (setting, _) throws(BadInput) in
            .option(OptionEncoding.uint32(try setting.integer(in: least...UInt32.max)))
        }
    }

    static let captivePortal = OptionShape(
        "an http or https URI of at most 255 bytes, or `urn:ietf:params:capport:unrestricted`"
    ) { (setting, _) throws(BadInput) in
        let bytes = try setting.name()
        // This URI says that there is no portal (RFC 8910 section 2).
        let isNone = bytes == Array("urn:ietf:params:capport:unrestricted".utf8)
        guard isNone || WebAddress.isValid(bytes) else {
            throw setting.fault("is not an http or https URI", "write it like https://portal.example.com/api")
        }
        return .option(bytes)
    }

    static let server = OptionShape("the address of a host") { (setting, _) throws(BadInput) in
        .server(try setting.serverAddress())
    }

    static let bootFile = OptionShape(
        "a file or a URI, at most 255 bytes; clients that boot by HTTP get it only if it is a URI"
    ) { (setting, _) throws(BadInput) in .option(try setting.name()) }

    static let boot = OptionShape("an object: a boot file for each kind of client, below") {
        (setting, _) throws(BadInput) in
        var files: [BootClient: [UInt8]] = [:]
        for (key, setting) in try setting.members(by: BootKey.self).sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let file = try setting.name()
            if key.client.bootsByHTTP && !WebAddress.isValid(file) {
                throw setting.fault("is not an http or https URI", "write it like http://boot.example.com/shim.efi")
            }
            files[key.client] = file
        }
        guard !files.isEmpty else { throw setting.fault("is empty", "name a file, or remove the key") }
        return .boot(files)
    }

    static let custom = OptionShape("objects with `code`, `type` and `value`, below") {
        (setting, _) throws(BadInput) in
        .custom(
            try setting.list("has the same code as", by: \.code) { (element) throws(BadInput) in
                try CustomOption(element)
            })
    }
}

// MARK: - Routes

private struct Route {
    let destination: IPv4Network
    let router: IPv4Address

    init(_ setting: Setting, in subnet: IPv4Network) throws(BadInput) {
        let members = try setting.members(by: RouteKey.self)
        guard let to = members[.to] else { throw setting.fault("has no \"to\"", "name the destination network") }
        guard let via = members[.via] else {
            throw setting.fault("has no \"via\"", "name the router, an address of \(subnet)")
        }
        destination = try to.network()
        router = try via.address()
        guard subnet.hosts.contains(router) else {
            throw via.fault("is not a host address in the subnet \(subnet)", "name a router that VMs reach directly")
        }
    }
}

extension OptionShape {
    /// Adds the default route if it is missing, because a client that accepts option 121 ignores option 3 (RFC 3442).
    static let routes = OptionShape(
        "objects with `to`, a network without host bits, and `via`, an address of the pool's subnet"
    ) { (setting, pool) throws(BadInput) in
        let subnet = pool.subnet
        let list: [Route] = try setting.list("has the same destination as", by: \.destination) {
            (element) throws(BadInput) in try Route(element, in: subnet)
        }
        var routes = list.map { ($0.destination, $0.router) }
        let everything = IPv4Network(containing: .unspecified, prefixLength: 0)
        if !routes.contains(where: { $0.0 == everything }) { routes.append((everything, pool.gateway)) }
        do {
            return .option(try OptionEncoding.classlessRoutes(routes))
        } catch {
            preconditionFailure("a list with a default route is not empty")
        }
    }
}
