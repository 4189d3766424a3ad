import FastDHCP

extension OptionKey: CaseIterable {
    /// The table, in the order of the reference. Keys that the code refers to by name are declared below.
    static let allCases: [OptionKey] = [
        leaseTime, renewalTime, rebindingTime, spreadRenewals,
        dns,
        OptionKey(
            "domain", [.domainName], "RFC 2132 section 3.17", .domainName(also: ""), example: #""vm.example.com""#),
        OptionKey(
            "search", [.domainSearch], "RFC 3397", .searchList, example: #"["vm.example.com", "example.com"]"#),
        mtu,
        OptionKey("ntp", [.ntpServers], "RFC 2132 section 8.3", .hosts, example: #"["172.20.0.123"]"#),
        OptionKey(
            "routes", [.classlessStaticRoute, .microsoftClasslessStaticRoute], "RFC 3442", .routes,
            example: #"[{"to": "10.0.0.0/8", "via": "172.20.100.1"}]"#),
        OptionKey(
            "captivePortal", [.captivePortal], "RFC 8910", .captivePortal,
            example: #""https://portal.example.com/api""#),
        // A client treats a smaller value as 300 (RFC 8925 section 3.4).
        OptionKey("ipv6OnlyWait", [.ipv6OnlyPreferred], "RFC 8925", .seconds(from: 300), example: "300"),
        nextServer, tftpServer,
        // Boot loaders also accept text in this option, which `custom` can send.
        OptionKey(
            "tftpServers", [.tftpServerAddress], "RFC 5859", .hosts, example: #"["172.20.100.1"]"#, mayBeCustom: true),
        bootFile, boot,
        custom,
    ]

    static let leaseTime = OptionKey(
        "leaseTime", for: .lease, [.ipAddressLeaseTime], "RFC 2132 section 9.2", .leaseTime, without: "`24h`",
        example: #""24h""#)
    static let renewalTime = OptionKey(
        "renewalTime", for: .lease, [.renewalTimeValue], "RFC 2132 section 9.11", .timer(below: "`rebindingTime`"),
        without: "half the lease time", example: #""12h""#, label: "58 (T1)")
    static let rebindingTime = OptionKey(
        "rebindingTime", for: .lease, [.rebindingTimeValue], "RFC 2132 section 9.12", .timer(below: "the lease time"),
        without: "seven eighths of the lease time", example: #""21h""#, label: "59 (T2)")
    static let spreadRenewals = OptionKey(
        "spreadRenewals", for: .lease, [], "RFC 2131 section 4.4.5",
        .flag(
            "`true`: T1 is up to 10 % shorter, by MAC, so that VMs that booted together renew at different times; or `false`"
        ),
        without: "`true`", example: "true", label: "58")
    static let dns = OptionKey(
        "dns", [.domainNameServer], "RFC 2132 section 3.8", .hosts, without: "`dnsServers`",
        example: #"["172.20.0.53"]"#)
    static let mtu = OptionKey(
        "mtu", [.interfaceMTU], "RFC 2132 section 5.1", .mtu, without: "the primary NIC's MTU", example: "1450")
    static let nextServer = OptionKey(
        "nextServer", for: .boot, [], "RFC 2131 section 2", .server, without: "the gateway",
        example: #""172.20.100.1""#, label: "siaddr")
    static let tftpServer = OptionKey(
        "tftpServer", for: .boot, [.tftpServerName], "RFC 2132 section 9.4", .domainName(also: " or an address"),
        example: #""172.20.100.1""#)
    static let bootFile = OptionKey(
        "bootFile", for: .boot, [.bootfileName], "RFC 2132 section 9.5", .bootFile, example: #""undionly.kpxe""#)
    static let boot = OptionKey(
        "boot", for: .boot, [], "RFC 4578", .boot, without: "`bootFile` for all",
        example: """
            {
                  "bios": "undionly.kpxe",
                  "uefi-x64": "ipxe.efi",
                  "uefi-arm64": "ipxe-arm64.efi",
                  "http-x64": "http://172.20.100.1/ipxe.efi",
                  "http-arm64": "http://172.20.100.1/ipxe-arm64.efi",
                  "ipxe": "http://172.20.100.1/boot.ipxe"
                }
            """, label: "67")
    static let custom = OptionKey(
        "custom", [], "", .custom, without: "",
        example: """
            [
                  {"code": 224, "type": "text", "value": "rack 12"},
                  {"code": 225, "type": "ips", "value": ["172.20.0.5", "172.20.0.6"]}
                ]
            """, label: "its `code`")
}
