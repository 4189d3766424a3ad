package import Addresses
package import FastDHCP
package import LinuxSystem

/// A daemon without a network: a pool of six addresses, stopped clocks, and a disk.
package struct Host {
    package static let pool = (2...7).map { IPv4Address(10, 0, 0, UInt8($0)) }
    package static let subnet = IPv4Network(containing: IPv4Address(10, 0, 0, 0), prefixLength: 24)
    package static let clock = ClockReading(
        boot: BootTime(milliseconds: 100_000_000), wall: WallTime(milliseconds: 1_800_000_000_000))
    package static let leaseSeconds: UInt32 = 3600
    package static let newcomer = client(200)
    package static func client(_ number: UInt8) -> MACAddress { MACAddress(2, 0, 0, 0, 1, number) }

    package let disk: Disk

    package init(_ disk: Disk) { self.disk = disk }

    private func openJournal(
        _ table: LeaseTable, merge: (inout JournalContents) -> Void
    ) throws -> Journal<DiskStorage> {
        try Journal.open(
            DiskStorage(disk), table: table, pool: Self.subnet,
            quarantineMilliseconds: UInt64(Self.leaseSeconds) * 1250,
            generation: disk.nextGeneration(), clock: { Self.clock }, merge: merge)
    }

    /// Opens the journal as the daemon does at its start.
    /// - Parameter merge: what the start takes over from leases.json.
    /// - Returns: the contents. Nil if the file is refused, which is allowed only for a file that is not a journal of this
    ///   pool, or of a newer version.
    package func start(merge: (inout JournalContents) -> Void = { _ in }) -> Start? {
        var findings = JournalFindings()
        do {
            let journal = try openJournal(LeaseTable(pool: Self.pool)) { contents in
                findings = contents.findings
                merge(&contents)
            }
            return Start(findings: findings, leases: journal.restoredLeases())
        } catch JournalError.notAJournal, JournalError.newerVersion, JournalError.otherPool {
            return nil
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// Restores the leases into a table, and leases an address to a client without one.
    /// - Returns: the address. Nil if none is left.
    package func leaseToNewcomer(_ leases: [RestoredLease], _ client: MACAddress = newcomer) -> IPv4Address? {
        do {
            let table = LeaseTable(pool: Self.pool)
            let journal = try openJournal(table) { _ in }
            _ = table.restore(leases) { _ in 0 }
            var engine = Engine(
                worker: 0, of: 1, table: table, configuration: try configuration(), hashKey: 7, now: Self.clock.boot)
            let order = engine.lease(to: client, nil, now: Self.clock.boot)
            guard case .commit(let change) = order else { return nil }
            let isTaken = leases.contains { $0.address == change.address && [.bound, .quarantined].contains($0.state) }
            precondition(!isTaken, "\(change.address) is given to a second client")
            let queue = try CommitQueue()
            var committer = Committer(
                queues: [queue], counters: CommitCounters(), table: table, journal: journal, routes: NoRoutes())
            queue.append(change, Reply())
            var replies = NoReplies()
            precondition(committer.commitBatch(at: Self.clock.boot, replies: &replies) == 1, "one change is committed")
            precondition(queue.completions[0].isDurable, "the disk takes the change")
            engine.complete(queue.completions[0], now: Self.clock.boot)
            return change.address
        } catch {
            preconditionFailure("\(error)")
        }
    }

    private func configuration() throws -> EngineConfiguration {
        let options = try ConfiguredOptions([(.subnetMask, [255, 255, 255, 0])])
        return EngineConfiguration(
            serverAddress: IPv4Address(10, 0, 0, 1), subnet: Self.subnet, leaseSeconds: Self.leaseSeconds,
            options: options)
    }
}

/// The result of a start.
package struct Start {
    package var findings: JournalFindings
    package var leases: [RestoredLease]
}

private struct NoReplies: ReplySink, ~Copyable {
    mutating func send(_ reply: inout Reply) -> Bool { true }
    mutating func flush() {}
}
