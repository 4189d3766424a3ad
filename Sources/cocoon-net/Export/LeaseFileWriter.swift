import FastDHCP
import LeaseText
import LinuxSystem
import Node

/// Rewrites `leases.json`. Only one thread uses it.
struct LeaseFileWriter {
    let file: LeaseFile
    /// How many exports were written since the last sync. A power cut may bring any of them back. At the start this may
    /// include exports of an earlier run, so the first export begins with a sync.
    private var exportsSinceSync = ExportFingerprints.exportsBetweenSyncs

    init(_ file: LeaseFile) { self.file = file }

    /// Writes the present leases of a table.
    ///
    /// An export is not synced, because the journal has the leases. But every `exportsBetweenSyncs` exports the file is
    /// synced, so that a power cut can only bring back an export whose fingerprint the journal still keeps.
    /// - Parameter record: makes the export's fingerprint durable. If it returns false, the file stays as it was.
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
                throw OperatorError("the journal cannot be written; see its error in the log")
            }
            return nil
        }
    }
}
