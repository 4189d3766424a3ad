public import FastDHCP

extension Journal where Storage == FileJournalStorage {
    /// The journal in a directory, as the daemon opens it.
    public static func open(in directory: String, table: LeaseTable) throws -> Journal {
        try open(
            FileJournalStorage(inDirectory: directory), table: table, pool: MemoryWorker.subnet,
            quarantineMilliseconds: 86_400_000, generation: 1)
    }
}
