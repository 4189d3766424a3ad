public import Addresses

/// The settings of the server that an engine needs; the same for all workers.
public struct EngineConfiguration: Sendable {
    /// The server's own address on the bridge: the gateway. It goes into option 54, and into siaddr unless the policy
    /// names another server.
    public var serverAddress: IPv4Address
    /// The network of the pool.
    public var subnet: IPv4Network
    /// What clients get in replies, and the reservations. A reload replaces it while the server runs.
    public var policy: ClientPolicy
    /// The relays that may set giaddr. The list is needed because any VM could set giaddr.
    public var relays: [IPv4Address] = []
    /// Whether the Ethernet source must be chaddr. Relayed messages, and renewals that extend their client's own lease,
    /// are exempt.
    public var checksSourceMAC = true
    /// Whether to answer a DISCOVER that carries option 80 with an ACK (RFC 4039).
    public var allowsRapidCommit = true
    /// Whether a reply to 255.255.255.255 goes to the Ethernet broadcast address as well. If not, the frame goes to
    /// chaddr: clients accept it just the same, and the bridge need not flood it to every VM.
    public var floodsBroadcasts = false

    /// Where the host names go that clients send. Nil if nobody reads them.
    public var hostNames: HostNames?

    /// How long an offer is held.
    public var offerMilliseconds: UInt64 = 60_000
    /// How long a declined address is set aside, unless a dry pool takes it back earlier.
    public var declineMilliseconds: UInt64 = 3_600_000
    /// How old an offer must be before a dry pool takes it back.
    public var reclaimableOfferMilliseconds: UInt64 = 5_000
    /// How many addresses one client can have declined at a time.
    public var declinesPerClient = 2

    public init(serverAddress: IPv4Address, subnet: IPv4Network, policy: ClientPolicy) {
        self.serverAddress = serverAddress
        self.subnet = subnet
        self.policy = policy
    }

    /// A configuration with the same options for all clients and no reservations.
    public init(
        serverAddress: IPv4Address, subnet: IPv4Network, leaseSeconds: UInt32, options: ConfiguredOptions
    ) {
        let policy = ClientPolicy(
            times: LeaseTimes(leaseSeconds: leaseSeconds), everyone: ClientProfile(options: options))
        self.init(serverAddress: serverAddress, subnet: subnet, policy: policy)
    }

    /// Option 51, the same for all clients.
    @inline(__always)
    public var leaseSeconds: UInt32 { policy.times.leaseSeconds }
}
