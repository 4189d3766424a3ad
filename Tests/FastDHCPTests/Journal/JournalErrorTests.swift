import Addresses
import Glibc
import LinuxSystem
import SystemPackage
import Testing

@testable import FastDHCP

@Suite("errors of the journal")
struct JournalErrorTests {
    private static let path = "state/leases.journal"
    private static let network = IPv4Network(containing: IPv4Address(10, 1, 0, 0), prefixLength: 16)

    private static let remedies: [(JournalError, [String])] = [
        (.inUse(path: path), ["stop that daemon", "--state-dir"]),
        (.notAFile(path: path), ["move it away", "--state-dir"]),
        (.notAJournal(path: path), ["move it away", "leases.json"]),
        (.newerVersion(7, path: path), ["7", "newer cocoon-net", "move the file away"]),
        (
            .otherPool(network, expected: JournalBench.network, path: path),
            ["10.1.0.0/16", "10.0.0.0/16", "pool.json", "move the file away"]
        ),
        (system(.noSpace), ["make room"]), (system(.diskQuotaExceeded), ["make room"]),
        (system(.readOnlyFileSystem), ["read-write", "--state-dir"]),
        (system(.permissionDenied), ["as root", "state directory"]), (system(.notPermitted), ["as root"]),
        (system(.ioError), ["kernel's log", "--state-dir"]),
        (system(.noSuchFileOrDirectory), ["make the state directory"]),
        (system(.tooManyOpenFiles), ["state directory", "--state-dir"]),
    ]

    private static func system(_ code: Errno) -> JournalError {
        .system(SystemError(operation: "pwritev2", code: code), path: path)
    }

    @Test("each error names the file and the remedy", arguments: remedies)
    func description(error: JournalError, words: [String]) {
        let text = error.description
        #expect(text.hasPrefix(Self.path + ": "))
        for word in words { #expect(text.contains(word), "\(text)") }
        #expect(!text.contains("\n") && !text.hasSuffix("."))
    }

    @Test("a system error names the call and the kernel's reason")
    func reason() {
        let text = Self.system(.noSpace).description
        #expect(text.contains("pwritev2") && text.contains("No space left on device"))
    }
}
