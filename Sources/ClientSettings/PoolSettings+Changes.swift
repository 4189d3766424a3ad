import Addresses
package import Node

extension PoolSettings {
    /// The paths of the settings that differ from `earlier`, sorted: `options.dns`,
    /// `reservations["02:00:00:00:00:01"]`.
    package func changes(since earlier: PoolSettings) -> [String] {
        var paths = OptionKey.allCases.filter { everyone[$0] != earlier.everyone[$0] }.map { "options.\($0)" }
        if dnsServers != earlier.dnsServers { paths.append("dnsServers") }
        for client in Set(reservations.keys).union(earlier.reservations.keys) {
            let isSame = reservations[client].map { $0.isSame(as: earlier.reservations[client]) } ?? false
            if !isSame { paths.append("reservations[\"\(client)\"]") }
        }
        return paths.sorted()
    }

    /// Why a running daemon cannot switch to another pool.json; nil when it can.
    /// - Parameter running: the pool that the daemon was started with, including the bridge that it serves.
    package static func problem(withReloading new: Pool, over running: Pool) -> BadInput? {
        func fault(_ field: String, _ value: String?, _ problem: String) -> BadInput {
            BadInput(
                file: "pool.json", field, value, problem,
                remedy: "restart the daemon to apply the change, or undo it and reload again")
        }
        func difference<Value: Equatable>(_ field: String, _ value: (Pool) -> Value) -> BadInput? {
            guard value(new) != value(running) else { return nil }
            return fault(field, "\(value(new))", "differs from \(value(running)) in the running daemon")
        }
        let other =
            difference("platform", \.platform.rawValue) ?? difference("subnet", \.subnet)
            ?? difference("gateway", \.gateway) ?? difference("interface", \.interface)
            ?? difference("nodeNeeds") { $0.nodeNeeds.map(\.rawValue).sorted() }
        if let other { return other }
        let before = Set(running.ips)
        let after = Set(new.ips)
        guard before != after else { return nil }
        let addedCount = after.subtracting(before).count
        let removedCount = before.subtracting(after).count
        return fault(
            "ips", nil, "adds \(addedCount) addresses to those of the running daemon, and removes \(removedCount)")
    }
}
