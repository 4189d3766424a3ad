package import Addresses
package import FastDHCP
package import Node

extension PoolSettings {
    /// Makes the policy from these settings.
    /// - Parameters:
    ///   - generation: the number of the policy in this run of the daemon.
    ///   - leaseTime: the lease time from the command line in seconds, `UInt32.max` for infinity; nil if not given.
    ///   - setAside: addresses that no client may have.
    ///   - mtu: the MTU of the NIC through which the clients' packets leave, for clients whose options set none.
    /// - Throws: when an option does not fit in a reply, or when T1, T2 and the lease time are not in ascending order.
    package func policy(
        generation: UInt32, leaseTime: UInt32?, setAside: Set<IPv4Address> = [], mtu: UInt16?
    ) throws(BadInput) -> ClientPolicy {
        let times = try leaseTimes(commandLine: leaseTime.map { LeaseTime(seconds: $0) })
        var maker = try ProfileMaker(self, mtu: mtu)
        var kept: [MACAddress: ClientPolicy.Reservation] = [:]
        kept.reserveCapacity(reservations.count)
        for (client, reservation) in reservations {
            kept[client] = ClientPolicy.Reservation(
                address: reservation.address,
                profile: reservation.hasProfile ? try maker.profile(of: reservation) : nil)
        }
        return ClientPolicy(
            generation: generation, times: times, everyone: maker.everyone, reservations: kept, setAside: setAside)
    }

    /// T1, T2 and the lease time, each of them shorter than the next.
    private func leaseTimes(commandLine: LeaseTime?) throws(BadInput) -> LeaseTimes {
        let lease = commandLine ?? everyone.time(.leaseTime) ?? .default
        let leaseText = commandLine == nil ? "\(lease)" : "\(lease) (set by --lease-time)"
        let renewal = everyone.time(.renewalTime)
        let rebinding = everyone.time(.rebindingTime)
        func fault(_ key: OptionKey, _ time: LeaseTime, _ problem: String, _ remedy: String) -> BadInput {
            everyone.place.member(key.rawValue).fault("\"\(time)\"", problem, remedy)
        }
        if lease.seconds == .max {
            for (key, time) in [(OptionKey.renewalTime, renewal), (.rebindingTime, rebinding)] {
                guard let time else { continue }
                throw fault(key, time, "has no meaning while leases are \(leaseText)", "remove it")
            }
        }
        let times = LeaseTimes(
            leaseSeconds: lease.seconds, renewalSeconds: renewal?.seconds, rebindingSeconds: rebinding?.seconds,
            spreadsRenewals: everyone.flag(.spreadRenewals) ?? true)
        guard lease.seconds != .max else { return times }
        if let rebinding, times.rebindingSeconds >= lease.seconds {
            throw fault(.rebindingTime, rebinding, "is not below the lease time, \(leaseText)", "shorten it")
        }
        guard times.renewalSeconds < times.rebindingSeconds else {
            let latest = LeaseTime(seconds: times.rebindingSeconds)
            if let renewal {
                throw fault(
                    .renewalTime, renewal, "is not below the rebinding time, \(latest)",
                    "shorten it, or lengthen \"rebindingTime\"")
            }
            throw fault(
                .rebindingTime, latest, "is not above the renewal time, \(LeaseTime(seconds: times.renewalSeconds))",
                "lengthen it, or shorten \"renewalTime\"")
        }
        return times
    }
}
