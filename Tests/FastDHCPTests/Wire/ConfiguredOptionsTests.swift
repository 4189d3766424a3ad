import Addresses
import Testing

@testable import FastDHCP

@Suite("Configured options")
struct ConfiguredOptionsTests {
    /// The bytes that a reply would carry for `code`.
    private func encoded(_ code: OptionCode, in options: ConfiguredOptions) -> [UInt8] {
        let words = options.encodedWords(of: code)
        return Array(words.indices.flatMap { bigEndian(words[$0]) }.prefix(options.encodedByteCount(of: code)))
    }

    @Test("a value is encoded with its code and length; a code without a value is not contained")
    func encoding() throws {
        let options = try ConfiguredOptions([(.router, [10, 0, 0, 1]), (.domainName, Array("example.com".utf8))])
        #expect(encoded(.router, in: options) == [3, 4, 10, 0, 0, 1])
        #expect(encoded(.domainName, in: options) == [15, 11] + Array("example.com".utf8))
        for code in UInt8.min...UInt8.max {
            let code = OptionCode(rawValue: code)
            #expect(options.contains(code) == (code == .router || code == .domainName))
            #expect((options.encodedByteCount(of: code) > 0) == options.contains(code))
        }
    }

    @Test("a value above 255 bytes is split into instances, as RFC 3396 says", arguments: [255, 256, 510, 511, 1000])
    func split(count: Int) throws {
        let value = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let options = try ConfiguredOptions([(OptionCode(rawValue: 224), value)])
        var expected: [UInt8] = []
        for start in stride(from: 0, to: count, by: 255) {
            expected += option(224, Array(value[start..<min(start + 255, count)]))
        }
        #expect(encoded(OptionCode(rawValue: 224), in: options) == expected)
    }

    @Test("an option with an empty value is sent with length 0")
    func empty() throws {
        let options = try ConfiguredOptions([(OptionCode(rawValue: 224), [])])
        #expect(encoded(OptionCode(rawValue: 224), in: options) == [224, 0])
    }

    @Test("routes are sent under 249 too, for older Windows")
    func microsoftRoutes() throws {
        let options = try ConfiguredOptions([(.classlessStaticRoute, [0, 10, 0, 0, 1])])
        #expect(encoded(.microsoftClasslessStaticRoute, in: options) == [249, 5, 0, 10, 0, 0, 1])
        let own = try ConfiguredOptions([
            (.microsoftClasslessStaticRoute, [0, 10, 0, 0, 2]), (.classlessStaticRoute, [0, 10, 0, 0, 1]),
        ])
        #expect(encoded(.microsoftClasslessStaticRoute, in: own) == [249, 5, 0, 10, 0, 0, 2])
    }

    @Test(
        "options that the server sets itself are refused",
        arguments: [0, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 61, 80, 82, 255])
    func reserved(code: UInt8) {
        let code = OptionCode(rawValue: code)
        #expect(throws: ConfiguredOptionsError.reserved(code)) { try ConfiguredOptions([(code, [1, 2, 3, 4])]) }
    }

    @Test("an option given twice is refused")
    func duplicate() {
        #expect(throws: ConfiguredOptionsError.duplicate(.router)) {
            try ConfiguredOptions([(.router, [10, 0, 0, 1]), (.router, [10, 0, 0, 2])])
        }
    }

    @Test("a value with a length that the option cannot have is refused")
    func lengths() {
        let refused: [(OptionCode, Int)] = [
            (.subnetMask, 0), (.subnetMask, 3), (.subnetMask, 5), (.router, 0), (.router, 6), (.domainNameServer, 7),
            (.interfaceMTU, 1), (.interfaceMTU, 4), (.hostName, 0), (.staticRoute, 4), (.classlessStaticRoute, 4),
            (.ipForwarding, 2), (.ipv6OnlyPreferred, 2), (.domainSearch, 1), (.netBIOSNodeType, 0),
        ]
        for (code, count) in refused {
            let expected = ConfiguredOptionsError.length(code, byteCount: count, expected: code.shape)
            #expect(throws: expected) { try ConfiguredOptions([(code, [UInt8](repeating: 1, count: count))]) }
        }
    }

    @Test("a value that would never fit in a reply is refused")
    func tooLong() throws {
        let code = OptionCode(rawValue: 224)
        let longest = 1200 - 2 * 5
        #expect(try ConfiguredOptions([(code, [UInt8](repeating: 1, count: longest))]).contains(code))
        #expect(throws: ConfiguredOptionsError.tooLong(code, limit: 1200)) {
            try ConfiguredOptions([(code, [UInt8](repeating: 1, count: longest + 1))])
        }
    }

    @Test("options 1, 3 and 6 must fit in the shortest reply")
    func required() throws {
        func options(routerCount: Int) throws -> ConfiguredOptions {
            try ConfiguredOptions([
                (.subnetMask, [255, 255, 255, 0]), (.domainNameServer, [8, 8, 8, 8]),
                (.router, [UInt8](repeating: 9, count: 4 * routerCount)),
            ])
        }
        // 6 + 6 + 2 and four for each router.
        #expect(try options(routerCount: 63).requiredByteCount == 266)
        let routers = [UInt8](repeating: 9, count: 4 * 66)
        #expect(throws: ConfiguredOptionsError.requiredTooLong(byteCount: 280, limit: 278)) {
            try ConfiguredOptions([
                (.subnetMask, [255, 255, 255, 0]), (.domainNameServer, [8, 8, 8, 8]), (.router, routers),
            ])
        }
    }

    @Test("every error names the option and says what to do")
    func errors() {
        let errors: [ConfiguredOptionsError] = [
            .reserved(.ipAddressLeaseTime), .duplicate(.router), .tooLong(.captivePortal, limit: 1200),
            .length(.subnetMask, byteCount: 3, expected: .exactly(4)), .requiredTooLong(byteCount: 300, limit: 278),
        ]
        for error in errors { #expect("\(error)".contains(/^options? \d+.*(remove|give|shorten|must|list)/)) }
    }
}
