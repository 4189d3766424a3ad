import Addresses
package import FastDHCP
package import Node

extension PoolSettings {
    /// The policy that these settings make.
    /// - Parameters:
    ///   - generation: which of the policies of this run it is.
    ///   - leaseTime: seconds, `UInt32.max` for infinity, where the command line says how long a lease is.
    ///   - mtu: of the NIC that the clients' packets leave by, for clients whose options do not say.
    /// - Throws: what does not fit in a reply, or times that do not follow each other.
    package func policy(generation: UInt32, leaseTime: UInt32?, mtu: UInt16?) throws(BadInput) -> ClientPolicy {
        let times = try leaseTimes(commandLine: leaseTime.map { LeaseTime(seconds: $0) })
        let maker = try ProfileMaker(self, mtu: mtu)
        var kept: [MACAddress: ClientPolicy.Reservation] = [:]
        kept.reserveCapacity(reservations.count)
        for (client, reservation) in reservations {
            kept[client] = ClientPolicy.Reservation(
                address: reservation.address,
                profile: reservation.hasProfile ? try maker.profile(of: reservation) : nil)
        }
        return ClientPolicy(generation: generation, times: times, everyone: maker.everyone, reservations: kept)
    }

    /// The times of a lease, each before the next.
    private func leaseTimes(commandLine: LeaseTime?) throws(BadInput) -> LeaseTimes {
        let lease = commandLine ?? everyone.time(.leaseTime) ?? .default
        let leaseText = commandLine == nil ? "\(lease)" : "\(lease) as --lease-time says"
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
