/// The code of a DHCP option, the first byte of its encoding (RFC 2132 section 2).
///
/// An open set: every byte is a code. Only codes that the server reads or writes, or that clients often ask for, have a
/// name here.
public struct OptionCode: RawRepresentable, Hashable, BitwiseCopyable, Sendable {
    public let rawValue: UInt8

    @inline(__always)
    public init(rawValue: UInt8) { self.rawValue = rawValue }
}

// The names are the titles in RFC 2132, in the order of the codes. Later options cite their own RFC.
extension OptionCode {
    /// Padding: one byte, without a length (RFC 2132 section 3.1).
    public static var pad: Self { Self(rawValue: 0) }
    /// RFC 2132 section 3.3.
    public static var subnetMask: Self { Self(rawValue: 1) }
    /// RFC 2132 section 3.4.
    public static var timeOffset: Self { Self(rawValue: 2) }
    /// RFC 2132 section 3.5.
    public static var router: Self { Self(rawValue: 3) }
    /// RFC 2132 section 3.6.
    public static var timeServer: Self { Self(rawValue: 4) }
    /// RFC 2132 section 3.8.
    public static var domainNameServer: Self { Self(rawValue: 6) }
    /// RFC 2132 section 3.9.
    public static var logServer: Self { Self(rawValue: 7) }
    /// RFC 2132 section 3.11.
    public static var lprServer: Self { Self(rawValue: 9) }
    /// RFC 2132 section 3.14.
    public static var hostName: Self { Self(rawValue: 12) }
    /// RFC 2132 section 3.15.
    public static var bootFileSize: Self { Self(rawValue: 13) }
    /// RFC 2132 section 3.17.
    public static var domainName: Self { Self(rawValue: 15) }
    /// RFC 2132 section 3.18.
    public static var swapServer: Self { Self(rawValue: 16) }
    /// RFC 2132 section 3.19.
    public static var rootPath: Self { Self(rawValue: 17) }
    /// RFC 2132 section 3.20.
    public static var extensionsPath: Self { Self(rawValue: 18) }
    /// RFC 2132 section 4.1.
    public static var ipForwarding: Self { Self(rawValue: 19) }
    /// RFC 2132 section 4.2.
    public static var nonLocalSourceRouting: Self { Self(rawValue: 20) }
    /// RFC 2132 section 4.3.
    public static var policyFilter: Self { Self(rawValue: 21) }
    /// RFC 2132 section 4.4.
    public static var maximumDatagramReassemblySize: Self { Self(rawValue: 22) }
    /// RFC 2132 section 4.5.
    public static var defaultIPTimeToLive: Self { Self(rawValue: 23) }
    /// RFC 2132 section 5.1.
    public static var interfaceMTU: Self { Self(rawValue: 26) }
    /// RFC 2132 section 5.2.
    public static var allSubnetsAreLocal: Self { Self(rawValue: 27) }
    /// RFC 2132 section 5.3.
    public static var broadcastAddress: Self { Self(rawValue: 28) }
    /// RFC 2132 section 5.6.
    public static var performRouterDiscovery: Self { Self(rawValue: 31) }
    /// RFC 2132 section 5.7.
    public static var routerSolicitationAddress: Self { Self(rawValue: 32) }
    /// RFC 2132 section 5.8. Its destinations have no mask. RFC 3442 replaces it with option 121.
    public static var staticRoute: Self { Self(rawValue: 33) }
    /// RFC 2132 section 6.2.
    public static var arpCacheTimeout: Self { Self(rawValue: 35) }
    /// RFC 2132 section 7.1.
    public static var tcpDefaultTTL: Self { Self(rawValue: 37) }
    /// RFC 2132 section 7.2.
    public static var tcpKeepaliveInterval: Self { Self(rawValue: 38) }
    /// RFC 2132 section 8.1.
    public static var nisDomain: Self { Self(rawValue: 40) }
    /// RFC 2132 section 8.2.
    public static var nisServers: Self { Self(rawValue: 41) }
    /// RFC 2132 section 8.3.
    public static var ntpServers: Self { Self(rawValue: 42) }
    /// RFC 2132 section 8.4.
    public static var vendorSpecificInformation: Self { Self(rawValue: 43) }
    /// RFC 2132 section 8.5.
    public static var netBIOSNameServer: Self { Self(rawValue: 44) }
    /// RFC 2132 section 8.6.
    public static var netBIOSDatagramDistributionServer: Self { Self(rawValue: 45) }
    /// RFC 2132 section 8.7.
    public static var netBIOSNodeType: Self { Self(rawValue: 46) }
    /// RFC 2132 section 8.8.
    public static var netBIOSScope: Self { Self(rawValue: 47) }
    /// RFC 2132 section 9.1.
    public static var requestedIPAddress: Self { Self(rawValue: 50) }
    /// RFC 2132 section 9.2.
    public static var ipAddressLeaseTime: Self { Self(rawValue: 51) }
    /// RFC 2132 section 9.3.
    public static var optionOverload: Self { Self(rawValue: 52) }
    /// RFC 2132 section 9.6.
    public static var dhcpMessageType: Self { Self(rawValue: 53) }
    /// RFC 2132 section 9.7.
    public static var serverIdentifier: Self { Self(rawValue: 54) }
    /// RFC 2132 section 9.8.
    public static var parameterRequestList: Self { Self(rawValue: 55) }
    /// RFC 2132 section 9.9.
    public static var message: Self { Self(rawValue: 56) }
    /// RFC 2132 section 9.10.
    public static var maximumDHCPMessageSize: Self { Self(rawValue: 57) }
    /// T1, RFC 2132 section 9.11.
    public static var renewalTimeValue: Self { Self(rawValue: 58) }
    /// T2, RFC 2132 section 9.12.
    public static var rebindingTimeValue: Self { Self(rawValue: 59) }
    /// RFC 2132 section 9.13.
    public static var vendorClassIdentifier: Self { Self(rawValue: 60) }
    /// RFC 2132 section 9.14.
    public static var clientIdentifier: Self { Self(rawValue: 61) }
    /// RFC 2132 section 9.4.
    public static var tftpServerName: Self { Self(rawValue: 66) }
    /// RFC 2132 section 9.5.
    public static var bootfileName: Self { Self(rawValue: 67) }
    /// RFC 2132 section 8.14.
    public static var smtpServer: Self { Self(rawValue: 69) }
    /// RFC 3004.
    public static var userClass: Self { Self(rawValue: 77) }
    /// RFC 4039.
    public static var rapidCommit: Self { Self(rawValue: 80) }
    /// RFC 4702.
    public static var clientFQDN: Self { Self(rawValue: 81) }
    /// RFC 3046.
    public static var relayAgentInformation: Self { Self(rawValue: 82) }
    /// RFC 4578 section 2.1.
    public static var clientSystemArchitecture: Self { Self(rawValue: 93) }
    /// RFC 4578 section 2.2.
    public static var clientNetworkInterfaceIdentifier: Self { Self(rawValue: 94) }
    /// RFC 4578 section 2.3.
    public static var clientMachineIdentifier: Self { Self(rawValue: 97) }
    /// RFC 4833.
    public static var posixTimezone: Self { Self(rawValue: 100) }
    /// RFC 4833.
    public static var tzdbTimezone: Self { Self(rawValue: 101) }
    /// RFC 8925.
    public static var ipv6OnlyPreferred: Self { Self(rawValue: 108) }
    /// RFC 8910.
    public static var captivePortal: Self { Self(rawValue: 114) }
    /// RFC 3397.
    public static var domainSearch: Self { Self(rawValue: 119) }
    /// RFC 3442.
    public static var classlessStaticRoute: Self { Self(rawValue: 121) }
    /// RFC 5859.
    public static var tftpServerAddress: Self { Self(rawValue: 150) }
    /// The code under which older Windows asks for option 121.
    public static var microsoftClasslessStaticRoute: Self { Self(rawValue: 249) }
    /// The address of a proxy configuration ("WPAD"). Windows asks for it again and again.
    public static var webProxyAutoDiscovery: Self { Self(rawValue: 252) }
    /// Ends the options of a field: one byte, without a length (RFC 2132 section 3.2).
    public static var end: Self { Self(rawValue: 255) }
}

extension OptionCode: CustomStringConvertible {
    /// The code as a number, as operators and packet captures name options.
    public var description: String { String(rawValue) }
}
