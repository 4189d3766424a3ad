import LinuxSystem

extension RestoredLease {
    /// Converts a record of the journal to the engine's clock.
    init(_ record: JournalRecord, at clock: ClockReading) {
        self.init(
            record.state, address: record.address, client: record.client, isRelayed: record.isRelayed,
            deadline: clock.bootTime(of: record.deadline, decidedAt: record.decidedAt),
            holdUntil: clock.bootTime(of: record.holdUntil, decidedAt: record.decidedAt),
            reliableHold: clock.bootTime(of: record.reliableHold, decidedAt: record.decidedAt))
    }
}
