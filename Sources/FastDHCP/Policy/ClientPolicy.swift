public import Addresses

/// The options, lease times and reservations that the server applies to clients.
///
/// A policy is created as a whole and replaced as a whole. It is immutable, so all threads share it without a lock, and
/// no lookup allocates.
public final class ClientPolicy: Sendable {
    /// The number of the policy, counted from 1 since the daemon started.
    public let generation: UInt32
    public let times: LeaseTimes
    /// The profile for everyone at index 0, then the profiles of clients that have their own.
    let profiles: [ClientProfile]
    private let reservations: [MACAddress: Place]
    private let owners: [IPv4Address: MACAddress]
    /// The owner of the addresses that no client may have. No client sends from this MAC address.
    private static let nobody = MACAddress(rawValue: 0xFFFF_FFFF_FFFF)
    /// Whether every client gets the same options.
    private let isUniform: Bool

    /// An address that is reserved for one client.
    public struct Reservation: Sendable {
        public var address: IPv4Address
        /// What this client gets; nil for the profile for everyone.
        public var profile: ClientProfile?

        public init(address: IPv4Address, profile: ClientProfile? = nil) {
            self.address = address
            self.profile = profile
        }
    }

    private struct Place {
        var address: IPv4Address
        var profileIndex: UInt32
    }

    /// - Parameter setAside: addresses that no client may have, not even one that they are reserved for.
    /// - Precondition: there is at most one reservation per address.
    public init(
        generation: UInt32 = 1, times: LeaseTimes, everyone: ClientProfile,
        reservations: [MACAddress: Reservation] = [:], setAside: Set<IPv4Address> = []
    ) {
        var profiles = [everyone]
        var owners: [IPv4Address: MACAddress] = [:]
        self.reservations = reservations.mapValues { reservation in
            guard let profile = reservation.profile else { return Place(address: reservation.address, profileIndex: 0) }
            profiles.append(profile)
            return Place(address: reservation.address, profileIndex: UInt32(profiles.count - 1))
        }
        for (client, reservation) in reservations {
            let other = owners.updateValue(client, forKey: reservation.address)
            precondition(other == nil, "an address is reserved for one client")
        }
        for address in setAside { owners[address] = Self.nobody }
        self.generation = generation
        self.times = times
        self.profiles = profiles
        self.owners = owners
        isUniform = profiles.count == 1 && everyone.boots.isEmpty
    }

    public var everyone: ClientProfile { profiles[0] }
    /// The profile of a client: its reservation's, or that for everyone.
    public func profile(of client: MACAddress) -> ClientProfile {
        profiles[Int(reservations[client]?.profileIndex ?? 0)]
    }
    public var reservationCount: Int { reservations.count }

    var reservedAddresses: Dictionary<IPv4Address, MACAddress>.Keys { owners.keys }

    /// The address that is reserved for a client.
    @inline(__always)
    public func reservedAddress(for client: MACAddress) -> IPv4Address? {
        reservations.isEmpty ? nil : reservations[client]?.address
    }

    /// Whether an address is reserved for any client.
    func isReserved(_ address: IPv4Address) -> Bool { owners[address] != nil }

    /// Whether an address is reserved for a client other than `client`.
    @inline(__always)
    public func isReserved(_ address: IPv4Address, forOtherThan client: MACAddress) -> Bool {
        guard !owners.isEmpty, let owner = owners[address] else { return false }
        return owner != client
    }

    /// Chooses what a reply to `request` contains.
    @inline(__always)
    func choice(for request: borrowing MessageView) -> ReplyChoice {
        isUniform ? ReplyChoice(generation: generation) : find(for: request)
    }

    @inline(never)
    private func find(for request: borrowing MessageView) -> ReplyChoice {
        let profileIndex = reservations[request.chaddr]?.profileIndex ?? 0
        let hasBoots = !profiles[Int(profileIndex)].boots.isEmpty
        return ReplyChoice(
            generation: generation, profileIndex: profileIndex, bootClient: hasBoots ? BootClient(request) : nil)
    }

    /// The options that a reply with this choice can carry.
    @inline(__always)
    func available(_ choice: ReplyChoice) -> OptionCodeSet {
        let profile = profiles[choice.profileIndex]
        guard let bootClient = choice.bootClient else { return profile.options.available }
        return profile.options.available.union(profile.boots[bootClient.rawValue].options.available)
    }

    /// The next server for booting that a reply with this choice names; nil for this server.
    @inline(__always)
    func nextServer(_ choice: ReplyChoice) -> IPv4Address? {
        guard let bootClient = choice.bootClient else { return nil }
        return profiles[choice.profileIndex].boots[bootClient.rawValue].nextServer
    }
}

// A choice says which part of which policy a reply is written from: the generation, the profile, and the kind of boot
// client if there is something to boot from.
extension ReplyChoice {
    @inline(__always)
    init(generation: UInt32, profileIndex: UInt32 = 0, bootClient: BootClient? = nil) {
        rawValue = UInt64(generation) << 32 | UInt64(profileIndex) << 8
        if let bootClient { rawValue |= UInt64(bootClient.rawValue + 1) }
    }

    var generation: UInt32 { UInt32(rawValue >> 32) }
    @inline(__always)
    var profileIndex: Int { Int(rawValue >> 8 & 0xFF_FFFF) }
    @inline(__always)
    var bootClient: BootClient? { BootClient(rawValue: Int(rawValue & 0xFF) - 1) }
}

/// What one client, or every client, gets besides the lease.
public struct ClientProfile: Sendable {
    public let options: ConfiguredOptions
    /// Indexed by `BootClient.rawValue`; empty when there is nothing to boot from.
    let boots: [BootAnswer]

    /// - Parameter boot: returns what each kind of client boots from; nil when there is nothing to boot from.
    public init(options: ConfiguredOptions, boot: ((BootClient) -> BootAnswer)? = nil) {
        self.options = options
        boots = boot.map { BootClient.allCases.map($0) } ?? []
    }
}
