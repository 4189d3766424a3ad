import Addresses
import FastDHCP
import JournalHost
import LinuxSystem

/// leases.json beside the journal.
enum LeaseCopy {
    /// The leases of the first four addresses.
    static let leases = Host.pool.prefix(4).enumerated().map { index, address in
        ImportedLease(
            address: address, client: Host.client(100 + UInt8(index)),
            expiry: WallTime(milliseconds: Host.clock.wall.milliseconds + 600_000))
    }

    /// Recovers from it what the journal has lost.
    static func recover(_ contents: inout JournalContents) {
        guard contents.findings.hasLosses else { return }
        _ = contents.merge(leases, as: .recover, modifiedAt: Host.clock.wall, now: Host.clock.wall)
    }
}
