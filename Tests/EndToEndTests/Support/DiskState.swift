import Foundation
import TestSupport

/// Puts a host's state directory on a real disk, where a sync takes its time; sandboxes have theirs in memory.
final class DiskState {
    private let directory: String

    init(of host: TestHost) throws {
        directory = "/var/tmp/cocoon-net-state-\(UUID().uuidString)"
        try host.sandbox.shell(
            """
            mkdir \(directory)
            cp \(TestHost.poolFile) \(directory)
            mount --bind \(directory) \(TestHost.stateDirectory)
            """)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }
}
