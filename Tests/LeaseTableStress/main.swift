// lease-table-stress [SECONDS]: several workers, a committer and readers at once, on tables that are too
// small for their clients. Made for the thread sanitizer. Exit status 1 when a promise was broken.
import Glibc

let seconds = CommandLine.arguments.dropFirst().first.flatMap(Double.init) ?? 10
let ledger = Ledger()
do {
    try QueueHandover(ledger: ledger).run(seconds: seconds * 0.05)
    try LastAddressRace(ledger: ledger).run(seconds: seconds * 0.1)
    try PausedWorker(ledger: ledger).run(seconds: seconds * 0.1)
    try WholeReads(ledger: ledger).run(seconds: seconds * 0.1)
    try MixedTraffic(ledger: ledger).run(seconds: seconds * 0.65)
} catch {
    ledger.report("the machine refuses what the test needs: \(error)")
}
print(ledger.hasViolation ? "a promise was broken" : "no violation")
exit(ledger.hasViolation ? 1 : 0)
