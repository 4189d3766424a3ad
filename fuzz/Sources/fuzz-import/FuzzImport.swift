import Addresses
import FastDHCP
import FoundationEssentials
import JournalHost
import LeaseText
import LinuxSystem

/// Imports a leases.json at a start, reads it back at the next start, and leases an address to an unknown VM.
///
/// The first byte of the input says what the journal has (lowest two bits: nothing, one lease, a damaged lease) and
/// whether the file is newer than that (bit 2). The rest is the file.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzImport(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: libFuzzer lends `count` bytes at `start` for this call.
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let traits = input.first, let leases = leases(in: Array(input.dropFirst())) else { return 0 }
    let host = Host(Disk([]))
    prepare(host, traits)
    let import_ = Import(content: Array(input.dropFirst()), leases: leases, isNewer: traits & 4 != 0)
    let found = import_.start(host)
    guard let again = host.start() else { preconditionFailure("what a start wrote, the next one reads") }
    precondition(again.leases == found && !again.findings.isDamaged, "the next start knows something else")
    guard let newcomer = host.leaseToNewcomer(again.leases) else { return 0 }
    guard let last = host.start() else { preconditionFailure("a start reads what a commit wrote") }
    precondition(
        last.leases.contains { $0.state == .bound && $0.client == Host.newcomer && $0.address == newcomer },
        "the newcomer's lease is lost")
    return 0
}

/// The leases that the daemon reads. Nil if it refuses the file.
private func leases(in bytes: [UInt8]) -> [ImportedLease]? {
    let plain = PlainRows(bytes, at: .now)
    guard let (leases, badRowCount) = try? LeaseFile(path: "leases.json").leases(in: bytes) else {
        precondition(plain == nil, "a list is refused, though at most some of its rows are bad")
        return nil
    }
    precondition(leases.allSatisfy { $0.client != .zero && !$0.client.isMulticast }, "a client that no VM can be")
    if let plain {
        precondition(leases == plain.leases && badRowCount == plain.badRowCount, "a row is read in another way")
    }
    return leases
}

/// Writes the journal of an earlier run.
private func prepare(_ host: Host, _ traits: UInt8) {
    guard traits & 3 != 0 else { return }
    guard let empty = host.start() else { preconditionFailure("a start without a journal") }
    _ = host.leaseToNewcomer(empty.leases, Host.client(1))
    if traits & 3 == 2 { host.disk.content[host.disk.content.count - 1] ^= 1 }
}

/// The import of a file at a start.
private struct Import {
    let content: [UInt8]
    let leases: [ImportedLease]
    let isNewer: Bool

    /// Starts the daemon, as `LeaseRecovery` does.
    func start(_ host: Host) -> [RestoredLease] {
        let now = Host.clock.wall
        let modifiedAt = isNewer ? WallTime(milliseconds: now.milliseconds + 1000) : WallTime(milliseconds: 0)
        var use = LeaseFileUse.ignore
        // Of a copy, because a start repairs what is damaged.
        let before = Host(Disk(host.disk.content)).start()?.leases ?? []
        let start = host.start { contents in
            use = contents.use(ofLeaseFile: content, modifiedAt: modifiedAt)
            let outside = contents.merge(leases, as: use, modifiedAt: modifiedAt, now: now)
            contents.addFingerprint(content)
            let isIgnored =
                switch use {
                case .ignore, .name: true
                default: false
                }
            precondition(isIgnored || outside == leases.filter { !Host.pool.contains($0.address) }, "a row got lost")
        }
        guard let start else { preconditionFailure("the journal of an earlier run is refused") }
        check(start.leases, before, use)
        return start.leases
    }

    /// Checks that a file that wins is followed, row by row, and that any other takes no address from its holder.
    private func check(_ found: [RestoredLease], _ before: [RestoredLease], _ use: LeaseFileUse) {
        switch use {
        case .adopt:
            for address in Host.pool {
                guard let row = leases.last(where: { $0.address == address }), row.expiry > Host.clock.wall else {
                    continue
                }
                let lease = found.first { $0.address == address }
                precondition(lease?.state == .bound && lease?.client == row.client, "\(address) is not the file's")
            }
        case .fill, .ignore, .name:
            let kept = before.filter { $0.state == .bound }
            precondition(kept.allSatisfy(found.contains), "a lease of the journal is gone")
        case .recover:
            // What the file contradicts, nobody gets.
            for lease in before where lease.state == .bound {
                let now = found.first { $0.address == lease.address }
                precondition(now == lease || now?.state == .quarantined, "\(lease.address) changed hands")
            }
        }
    }
}
