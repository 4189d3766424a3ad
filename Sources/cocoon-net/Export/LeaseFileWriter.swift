import FastDHCP
import LinuxSystem
import Node

/// Replaces `leases.json` again and again, for one thread.
struct LeaseFileWriter {
    let file: LeaseFile
    /// How many exports a power cut may bring back. An earlier run's may be among them, so the first export comes after a
    /// sync.
    private var exportsSinceSync = ExportFingerprints.exportsBetweenSyncs

    init(_ file: LeaseFile) { self.file = file }

    /// Writes the leases of a table as they are now.
    ///
    /// An export is not synced by itself: the journal has the leases. It is synced at times, so that a power cut brings
    /// back none but those whose fingerprints the journal keeps.
    /// - Parameter record: makes the export's fingerprint durable; false keeps the file as it is.
    mutating func write(_ table: LeaseTable, record: (ExportFingerprint) -> Bool) throws {
        if exportsSinceSync >= ExportFingerprints.exportsBetweenSyncs {
            try Files.synchronize(file.path)
            exportsSinceSync = 0
        }
        var printer = LeasePrinter(table)
        try Files.publish(file.path, mode: 0o644) {
            if let piece = printer.next() { return piece }
            exportsSinceSync += 1
            guard record(printer.fingerprint) else {
                throw OperatorError("the journal takes no records; see the log's line about the journal")
            }
            return nil
        }
    }
}
