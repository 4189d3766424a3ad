import Addresses
import Foundation
import TestSupport
import Testing

/// leases.json after a crash, and after the wall clock was set.
@Suite(.needsSandbox, .endsWhenHung)
struct LeaseFileTests {
    // ext4 may bring back a file that was replaced seconds ago. A copy that is restored by hand may have a new time.
    @Test(
        "an earlier lease file that is back after a crash takes no address from its owner", arguments: ["cp -p", "cp"])
    func earlierFile(copy: String) throws {
        let host = try TestHost(poolSize: 1)
        let first = try host.startDaemon()
        let machine = try host.machine()
        let (former, owner) = (
            try machine.client(MACAddress(2, 0, 0, 0, 7, 1)), try machine.client(MACAddress(2, 0, 0, 0, 7, 2))
        )
        let address = try former.lease().address
        #expect(try eventually { try host.leaseRows().map(\.mac) == ["\(former.mac)"] })
        try host.sandbox.shell("cp -p \(TestHost.leaseFile) /run/earlier")
        #expect(try host.control("DELETE", "/v1/leases/\(former.mac)").status == 204)
        #expect(try owner.lease().address == address)
        #expect(try eventually { try host.leaseRows().map(\.mac) == ["\(owner.mac)"] })
        try first.kill()

        try host.sandbox.shell("\(copy) /run/earlier \(TestHost.leaseFile)")
        let second = try host.startDaemon()
        #expect(!second.process.output.contains("the lease file"), "\(second.process.output)")
        #expect(try owner.initReboot(address)?.message.kind == .ack)
        #expect(try former.initReboot(address)?.message.kind == .nak)
        #expect(host.pinnedNeighbours == [address: owner.mac])
        #expect(try eventually { try host.leaseRows().map(\.mac) == ["\(owner.mac)"] })
    }

    // After a power cut the file may be any export since the last sync. The journal knows the last 1,024 exports.
    @Test("the lease file is synced before a run's first export, and then after at most 256 exports", .needs("strace"))
    func syncs() throws {
        let host = try TestHost(poolSize: 1)
        // In a directory of its own, where nothing else is synced.
        let (directory, file) = ("/run/export", "/run/export/leases.json")
        try host.sandbox.run(["mkdir", directory])
        let daemon = try Daemon(
            on: host, ["--lease-file", file],
            wrappedIn: ["strace", "-f", "-y", "-o", "/run/trace", "-e", "trace=fsync,rename"])
        try daemon.waitUntilReady()
        for _ in 0..<260 { #expect(try host.control("DELETE", "/v1/leases/02:00:00:00:07:01").status == 204) }
        // How many exports came before each sync, and after the last.
        var exportCounts = [0]
        for line in try #require(host.sandbox.read("/run/trace")).split(separator: "\n") {
            if line.contains("rename(\"\(file).tmp\"") { exportCounts[exportCounts.endIndex - 1] += 1 }
            if line.contains("fsync("), line.contains("<\(directory)>") { exportCounts.append(0) }
        }
        #expect(exportCounts.count == 3 && exportCounts[0] == 0 && exportCounts[1] == 256, "\(exportCounts)")
    }

    @Test(
        "setting the wall clock changes every expiry in the lease file, though no lease changes", .needs("faketime"))
    func clockSet() throws {
        let host = try TestHost(poolSize: 2)
        try host.sandbox.write("+0", to: Self.clockFile)
        let library = try host.sandbox.shell("echo -n /usr/lib/*/faketime/libfaketimeMT.so.1")
        let settings = [
            "LD_PRELOAD=\(library)", "FAKETIME_TIMESTAMP_FILE=\(Self.clockFile)", "FAKETIME_NO_CACHE=1",
            "DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1",
        ]
        // The library moves the environment of the first program that loads it, and Swift looks for its arguments below
        // the environment. So that first program is a second `env`.
        let daemon = try Daemon(on: host, wrappedIn: ["env"] + settings + ["env"])
        try daemon.waitUntilReady()
        _ = try host.machine().client().lease()
        for days in [0, 40, -40] {
            try host.sandbox.write("\(days < 0 ? "" : "+")\(days)d", to: Self.clockFile)
            let end = Date.now.addingTimeInterval(Double(days + 1) * 86_400)
            let follows = try eventually {
                try host.leaseRows().first?.end.map { abs($0.timeIntervalSince(end)) < 60 } == true
            }
            #expect(follows, "\(days) days: \(host.sandbox.read(TestHost.leaseFile) ?? "no file")")
        }
    }

    private static let clockFile = "/run/clock"
}
