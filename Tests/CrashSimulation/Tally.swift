/// Counts of what happened in all runs.
final class Tally {
    var runs = 0
    var events = 0
    var messages = 0
    var deferred = 0
    var acks = 0
    var offers = 0
    var refusals = 0
    var batches = 0
    var syncs = 0
    var slowSyncs = 0
    var messagesWhileSyncing = 0
    var failedSyncs = 0
    var shortWrites = 0
    var tornSectors = 0
    var flippedBits = 0
    var powerCuts = 0
    var kills = 0
    var recoveries = 0
    var failedStarts = 0
    var quarantined = 0
    var leasesRecovered = 0
    var refusedRoutes = 0
    var lostAcks = 0
    var stalledRoutes = 0
    var linkDowns = 0
    var clockJumps = 0
    var rests = 0
    var exports = 0
    var exportsBroughtBack = 0

    private var rows: [(String, Int)] {
        [
            ("runs", runs), ("events", events), ("messages decided", messages),
            ("... while the disk was writing", messagesWhileSyncing),
            ("... after a change in flight", deferred), ("OFFERs", offers), ("ACKs", acks),
            ("NAKs", refusals), ("batches", batches), ("syncs", syncs), ("slow syncs (200 ms)", slowSyncs),
            ("failed syncs", failedSyncs), ("short writes", shortWrites), ("power cuts", powerCuts),
            ("kills", kills), ("recoveries", recoveries), ("failed starts", failedStarts),
            ("torn sectors", tornSectors), ("flipped bits", flippedBits),
            ("acknowledged leases found again", leasesRecovered), ("... of them quarantined", quarantined),
            ("routes refused", refusedRoutes), ("route acks lost", lostAcks), ("stalled routes", stalledRoutes),
            ("link failures", linkDowns), ("wall clock jumps", clockJumps), ("times at rest", rests),
            ("exports", exports), ("earlier exports after power cuts", exportsBroughtBack),
        ]
    }

    /// A table for people.
    var table: String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { name, count in
            let number = String(count)
            return name + String(repeating: " ", count: width + 12 - name.count - number.count) + number
        }.joined(separator: "\n")
    }
}
