import Addresses
import FoundationEssentials
import TestSupport
import Testing

@testable import Node
@testable import Provision

@Suite("A pool that changes keeps leased addresses, then reserved ones")
struct AddressesToKeepTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func address(_ last: UInt8) -> IPv4Address { IPv4Address(172, 20, 100, last) }

    private func row(_ last: UInt8, expiry: String) -> String {
        let mac = "02:00:00:00:00:" + (last < 16 ? "0" : "") + String(last, radix: 16)
        return #"{"mac": "\#(mac)", "ip": "172.20.100.\#(last)", "expiry": "\#(expiry)"}"#
    }

    private func keep(_ rows: [String], former: Pool? = nil) throws -> AddressesToKeep {
        try directory.write("[" + rows.joined(separator: ", ") + "]", to: "leases.json")
        return try AddressesToKeep(leaseFile: directory.path + "/leases.json", former: former, dropsLeases: false)
    }

    private static let future = "2999-01-01T00:00:00+08:00"

    @Test("leased addresses come first, then reserved ones, then the others in order")
    func order() throws {
        var former = Pool(
            platform: .none, nodeName: "n", subnet: IPv4Network("172.20.100.0/24")!, gateway: address(1),
            ips: (2...100).map(address))
        former.reservations = .object([
            JSON.Member("02:00:00:00:00:01", .string("172.20.100.50")),
            JSON.Member("02:00:00:00:00:02", .object([JSON.Member("ip", .string("172.20.100.40"))])),
        ])
        let kept = try keep(
            [
                row(90, expiry: Self.future), row(80, expiry: Self.future), row(70, expiry: "2001-01-01T00:00:00Z"),
                row(200, expiry: Self.future), row(60, expiry: "some day"),
            ], former: former)
        // 70 has expired, and 200 was in no pool.
        #expect(Set(kept.leases.keys) == [address(60), address(80), address(90)])
        #expect(kept.choose(2, of: former.ips) == [address(60), address(80)])
        #expect(kept.choose(4, of: former.ips) == [40, 60, 80, 90].map(address))
        #expect(kept.choose(7, of: former.ips) == [2, 3, 40, 50, 60, 80, 90].map(address))
        #expect(kept.choose(99, of: former.ips) == former.ips)
        let hosts = IPv4Network("172.0.0.0/8")!.hosts
        let chosen = kept.choose(6, of: hosts) { $0 != address(80) }
        #expect(chosen == Set([40, 50, 60, 90].map(address)).union([1, 2].map { IPv4Address(172, 0, 0, $0) }))
    }

    @Test("what cannot be kept is refused, and the error names the leases")
    func refusal() throws {
        let kept = try keep((10...16).map { row($0, expiry: Self.future) })
        try kept.check((10...16).map(address))
        let error = #expect(throws: BadInput.self) { try kept.check([address(10)]) }
        #expect(
            error?.problem == "the new pool would lack 6 of 7 leased addresses: 172.20.100.11 (02:00:00:00:00:0b), "
                + "172.20.100.12 (02:00:00:00:00:0c), 172.20.100.13 (02:00:00:00:00:0d), 172.20.100.14 (02:00:00:00:00:0e), "
                + "172.20.100.15 (02:00:00:00:00:0f) and 1 more")
        #expect(error?.remedy.contains("--drop-leases") == true)
    }

    @Test("no file, an empty one and null have no leases; anything else is refused")
    func files() throws {
        let path = directory.path + "/leases.json"
        func leases() throws -> Int {
            try AddressesToKeep(leaseFile: path, former: nil, dropsLeases: false).leases.count
        }
        #expect(try leases() == 0)
        for text in ["", "null", "[]"] {
            try directory.write(text, to: "leases.json")
            #expect(try leases() == 0)
        }
        for text in ["{}", "[", "7"] {
            try directory.write(text, to: "leases.json")
            let error = #expect(throws: BadInput.self) { try leases() }
            #expect(error?.file == path && error?.remedy.contains("--drop-leases") == true)
            #expect(try AddressesToKeep(leaseFile: path, former: nil, dropsLeases: true).leases.isEmpty)
        }
    }
}
