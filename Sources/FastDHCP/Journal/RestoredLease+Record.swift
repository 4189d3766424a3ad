import LinuxSystem

extension RestoredLease {
    /// What a record of the journal says now.
    init(_ record: JournalRecord, at clock: ClockReading) {
        self.init(
            record.state, address: record.address, client: record.client, isRelayed: record.isRelayed,
            deadline: clock.bootTime(of: record.deadline, decidedAt: record.decidedAt),
            holdUntil: clock.bootTime(of: record.holdUntil, decidedAt: record.decidedAt),
            reliableHold: clock.bootTime(of: record.reliableHold, decidedAt: record.decidedAt))
    }
}
