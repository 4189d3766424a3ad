import Addresses
import Foundation
import LinuxSystem
import Testing

@testable import FastDHCP

/// Journals as programs of each version wrote them, in Tests/Journals: what docs/compatibility.md promises. The zeros behind
/// the last block of records are left out.
@Suite("journals of all versions")
struct JournalVersionTests {
    private static let directory = #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/Journals"

    private func bytes(of file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: "/\(Self.directory)/\(file)")))
    }

    @Test("each version has one, and it opens whole", arguments: 1...JournalHeader.version)
    func opens(version: UInt32) throws {
        let bench = JournalBench(slotCount: 8)
        bench.disk.content = try bytes(of: "version-\(version).journal")
        bench.clock.setWall(1_796_066_700_000)
        let export = try bytes(of: "version-\(version).leases.json")
        let reading = try bench.read(exports: [export])
        #expect(!reading.findings.isDamaged && reading.findings.tornCount == 0)
        #expect(reading.isExport == [true])

        let expected: [(state: LeaseState, client: Int, deadline: UInt64)] = [
            (.bound, 1, 1_796_153_057_559), (.bound, 2, 1_796_153_057_820), (.expired, 3, 1_796_066_658_216),
            (.quarantined, 4, 1_796_174_662_747), (.bound, 5, 1_796_153_064_615),
        ]
        #expect(reading.records.count == expected.count)
        for (slot, lease) in expected.enumerated() {
            let record = try #require(reading.records[slot])
            #expect(record.state == lease.state && record.client == MACAddress(2, 0, 0, 0, 0, UInt8(lease.client)))
            #expect(record.deadline == WallTime(milliseconds: lease.deadline))
        }
        #expect(try bench.open().restoredLeases().count == expected.count)
    }
}
