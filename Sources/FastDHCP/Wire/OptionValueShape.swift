/// The lengths that the value of an option may have, in bytes.
public enum OptionValueShape: Hashable, Sendable {
    /// Exactly this many bytes.
    case exactly(Int)
    /// One or more groups of this many bytes.
    case groups(of: Int)
    /// At least this many bytes.
    case atLeast(Int)

    /// Whether a value of `byteCount` bytes has this shape.
    @inline(always)
    func allows(_ byteCount: Int) -> Bool {
        switch self {
        case .exactly(let expected): byteCount == expected
        case .groups(let size): byteCount > 0 && byteCount % size == 0
        case .atLeast(let minimum): byteCount >= minimum
        }
    }
}

extension OptionValueShape: CustomStringConvertible {
    public var description: String {
        switch self {
        case .exactly(let expected): "exactly \(expected)"
        case .groups(let size): "a multiple of \(size), and not 0"
        case .atLeast(let minimum): "at least \(minimum)"
        }
    }
}

extension OptionCode {
    /// The length that the option's own RFC allows. Any length for a code that has no name here.
    @inline(always)
    var shape: OptionValueShape {
        switch self {
        case .ipForwarding, .nonLocalSourceRouting, .defaultIPTimeToLive, .allSubnetsAreLocal,
            .performRouterDiscovery, .tcpDefaultTTL, .netBIOSNodeType, .optionOverload, .dhcpMessageType:
            .exactly(1)
        case .bootFileSize, .maximumDatagramReassemblySize, .interfaceMTU, .maximumDHCPMessageSize:
            .exactly(2)
        case .subnetMask, .timeOffset, .swapServer, .broadcastAddress, .routerSolicitationAddress,
            .arpCacheTimeout, .tcpKeepaliveInterval, .requestedIPAddress, .ipAddressLeaseTime,
            .serverIdentifier, .renewalTimeValue, .rebindingTimeValue, .ipv6OnlyPreferred:
            .exactly(4)
        case .rapidCommit:
            .exactly(0)
        case .clientSystemArchitecture:
            .groups(of: 2)
        case .router, .timeServer, .domainNameServer, .logServer, .lprServer, .nisServers, .ntpServers,
            .netBIOSNameServer, .netBIOSDatagramDistributionServer, .smtpServer:
            .groups(of: 4)
        case .policyFilter, .staticRoute:
            .groups(of: 8)
        case .clientIdentifier, .domainSearch:
            .atLeast(2)
        case .classlessStaticRoute, .microsoftClasslessStaticRoute:
            .atLeast(5)
        case .hostName, .domainName, .rootPath, .extensionsPath, .nisDomain, .vendorSpecificInformation,
            .netBIOSScope, .parameterRequestList, .message, .vendorClassIdentifier, .tftpServerName,
            .bootfileName, .posixTimezone, .tzdbTimezone, .captivePortal, .webProxyAutoDiscovery,
            .relayAgentInformation:
            .atLeast(1)
        default:
            .atLeast(0)
        }
    }

    /// Whether the server sets the option itself, so that an operator cannot.
    private var isReserved: Bool {
        switch self {
        case .pad, .end, .requestedIPAddress, .ipAddressLeaseTime, .optionOverload, .dhcpMessageType,
            .serverIdentifier, .parameterRequestList, .message, .maximumDHCPMessageSize, .renewalTimeValue,
            .rebindingTimeValue, .clientIdentifier, .rapidCommit, .relayAgentInformation:
            true
        default:
            false
        }
    }

    func validate(_ value: [UInt8]) throws(ConfiguredOptionsError) {
        guard !isReserved else { throw .reserved(self) }
        guard shape.allows(value.count) else { throw .length(self, byteCount: value.count, expected: shape) }
    }
}
