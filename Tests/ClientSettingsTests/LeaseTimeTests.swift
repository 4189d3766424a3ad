import Testing

@testable import ClientSettings

@Suite("Lease times")
struct LeaseTimeTests {
    @Test(
        "seconds, minutes, hours, days and infinity",
        arguments: [
            ("10s", 10, "10s"), ("90s", 90, "90s"), ("15m", 900, "15m"), ("24h", 86400, "24h"), ("7d", 604_800, "168h"),
            ("120s", 120, "2m"), ("2147483647s", 2_147_483_647, "2147483647s"), ("infinite", .max, "infinite"),
        ] as [(String, UInt32, String)])
    func times(text: String, seconds: UInt32, description: String) throws {
        let time = try #require(LeaseTime(text))
        #expect(time.seconds == seconds && time.description == description)
        #expect(LeaseTime(description) == time)
    }

    @Test(
        "a text that is no time, or a time that not all clients understand, is refused",
        arguments: [
            "", "s", "24", "h24", "1.5h", "-5m", "+5m", "5 m", "9s", "0h", "2147483648s", "24856d", "4294967295s",
            "99999999999d", "Infinite", "24H", "٢٤h",
        ])
    func refused(text: String) {
        #expect(LeaseTime(text) == nil)
    }
}
