import Node
import Testing

@testable import FastDHCP
@testable import ClientSettings

@Suite("Lease times of pool.json")
struct LeasePolicyTests {
    @Test("by default the lease is a day, T1 half of it and spread, and T2 seven eighths of it")
    func defaults() throws {
        let times = try policy().times
        #expect(times == LeaseTimes(leaseSeconds: 86400, spreadsRenewals: true))
        #expect(times.renewalSeconds == 43200 && times.rebindingSeconds == 75600)
    }

    @Test("the keys override the defaults, and --lease-time wins over leaseTime")
    func keys() throws {
        let options = #"{"leaseTime": "1h", "renewalTime": "20m", "rebindingTime": "50m", "spreadRenewals": false}"#
        #expect(
            try policy(options: options).times
                == LeaseTimes(leaseSeconds: 3600, renewalSeconds: 1200, rebindingSeconds: 3000))
        #expect(
            try policy(options: options, leaseTime: 7200).times
                == LeaseTimes(leaseSeconds: 7200, renewalSeconds: 1200, rebindingSeconds: 3000))
    }

    @Test("the shortest, the longest and the infinite lease")
    func range() throws {
        func seconds(_ time: String) throws -> [UInt32] {
            let times = try policy(options: #"{"leaseTime": "\#(time)"}"#).times
            return [times.leaseSeconds, times.renewalSeconds, times.rebindingSeconds]
        }
        #expect(try seconds("10s") == [10, 5, 8])
        #expect(try seconds("2147483647s") == [2_147_483_647, 1_073_741_823, 1_879_048_191])
        #expect(try seconds("infinite") == [.max, .max, .max])
    }

    @Test(
        "times that do not follow each other are refused, and the error names the key to change",
        arguments: [
            (#"{"rebindingTime": "24h"}"#, nil, "rebindingTime", "is not below the lease time, 24h", "shorten it"),
            (
                #"{"rebindingTime": "21h"}"#, 3600, "rebindingTime",
                "is not below the lease time, 1h (set by --lease-time)",
                "shorten it"
            ),
            (
                #"{"renewalTime": "21h"}"#, nil, "renewalTime", "is not below the rebinding time, 21h",
                #"shorten it, or lengthen "rebindingTime""#
            ),
            (
                #"{"renewalTime": "5m", "rebindingTime": "5m"}"#, nil, "renewalTime",
                "is not below the rebinding time, 5m",
                #"shorten it, or lengthen "rebindingTime""#
            ),
            (
                #"{"rebindingTime": "12h"}"#, nil, "rebindingTime", "is not above the renewal time, 12h",
                #"lengthen it, or shorten "renewalTime""#
            ),
            (
                #"{"leaseTime": "infinite", "renewalTime": "5m"}"#, nil, "renewalTime",
                "has no meaning while leases are infinite", "remove it"
            ),
            (
                #"{"rebindingTime": "5m"}"#, UInt32.max, "rebindingTime",
                "has no meaning while leases are infinite (set by --lease-time)", "remove it"
            ),
        ] as [(String, UInt32?, String, String, String)])
    func order(options: String, leaseTime: UInt32?, key: String, problem: String, remedy: String) throws {
        let error = try #require(throws: BadInput.self) { try policy(options: options, leaseTime: leaseTime) }
        #expect(error.file == "/state/pool.json" && error.field == "options.\(key)")
        #expect(error.problem == problem && error.remedy == remedy)
        #expect(error.value != nil)
    }
}
