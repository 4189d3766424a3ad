public import Addresses

/// What an engine needs to know of its server; the same for all workers.
public struct EngineConfiguration: Sendable {
    /// The server's own address on the bridge: the gateway, option 54 and siaddr of every reply that has them.
    public var serverAddress: IPv4Address
    /// The network of the pool.
    public var subnet: IPv4Network
    /// What clients are told; replaced while the server runs.
    public var policy: ClientPolicy
    /// The relays that may set giaddr; any VM could.
    public var relays: [IPv4Address] = []
    /// Whether the Ethernet source must be chaddr, except in relayed messages and in renewals that extend their owner's
    /// lease.
    public var checksSourceMAC = true
    /// Whether to answer a DISCOVER that carries option 80 with an ACK (RFC 4039).
    public var allowsRapidCommit = true
    /// Whether a reply to 255.255.255.255 goes to the Ethernet broadcast address as well. Off, its frame goes to
    /// chaddr: clients take it just the same, and the bridge need not flood it to every VM.
    public var floodsBroadcasts = false

    /// How long an offer is held.
    public var offerMilliseconds: UInt64 = 60_000
    /// How long a declined address is set aside.
    public var declineMilliseconds: UInt64 = 3_600_000
    /// How old an offer must be before a dry pool takes it back.
    public var reclaimableOfferMilliseconds: UInt64 = 5_000
    /// How many addresses can stand declined on one client's word.
    public var declinesPerClient = 2

    public init(serverAddress: IPv4Address, subnet: IPv4Network, policy: ClientPolicy) {
        self.serverAddress = serverAddress
        self.subnet = subnet
        self.policy = policy
    }

    /// The same for all clients, and no reservations.
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
