public import FastDHCP

extension Journal where Storage == FileJournalStorage {
    /// Opens the journal in a directory as the daemon does.
    public static func open(in directory: String, table: LeaseTable) throws -> Journal {
        try open(
            FileJournalStorage(inDirectory: directory), table: table, pool: MemoryWorker.subnet,
            quarantineMilliseconds: 86_400_000, generation: 1)
    }
}
