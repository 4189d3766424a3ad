import Addresses
import FastDHCP
import Testing

@Suite("Encoding option values")
struct OptionEncodingTests {
    @Test("numbers and addresses are in network byte order")
    func numbers() {
        #expect(OptionEncoding.uint8(0xAB) == [0xAB])
        #expect(OptionEncoding.uint16(0x1234) == [0x12, 0x34])
        #expect(OptionEncoding.uint32(0x1234_5678) == [0x12, 0x34, 0x56, 0x78])
        #expect(OptionEncoding.addresses([IPv4Address(1, 2, 3, 4), IPv4Address(5, 6, 7, 8)]) == Array(1...8))
        #expect(OptionEncoding.addresses([]).isEmpty)
    }

    @Test("text is its ASCII bytes, without a zero at the end")
    func text() throws { #expect(try OptionEncoding.text("pool.ntp.org") == Array("pool.ntp.org".utf8)) }

    @Test(
        "text that is empty or not printable ASCII is refused", arguments: ["", "a\0", "tab\t", "caf\u{E9}", "\u{7F}"])
    func badText(text: String) { #expect(throws: OptionEncodingError.self) { try OptionEncoding.text(text) } }

    @Test("a domain name loses its trailing dot")
    func domainName() throws {
        #expect(try OptionEncoding.domainName("example.com.") == Array("example.com".utf8))
        #expect(try OptionEncoding.domainName("localhost") == Array("localhost".utf8))
    }

    @Test(
        "names that are empty or have an empty label are refused",
        arguments: ["", ".", "..", "...", ".com", "a..b", "a.."])
    func emptyNames(name: String) {
        #expect(throws: OptionEncodingError.emptyName(name)) { try OptionEncoding.domainName(name) }
        #expect(throws: OptionEncodingError.emptyName(name)) { try OptionEncoding.domainSearch(["a.b", name]) }
    }

    @Test("labels above 63 bytes are refused")
    func labels() throws {
        let longest = String(repeating: "a", count: 63)
        #expect(try OptionEncoding.domainSearch([longest]) == [63] + Array(longest.utf8) + [0])
        let label = longest + "a"
        #expect(throws: OptionEncodingError.labelTooLong("x.\(label)", label: label)) {
            try OptionEncoding.domainSearch(["x.\(label)"])
        }
    }

    @Test("names above 253 bytes are refused")
    func names() throws {
        let name = [String](repeating: String(repeating: "a", count: 49), count: 5).joined(separator: ".") + ".abc"
        #expect(name.utf8.count == 253)
        #expect(try OptionEncoding.domainSearch([name]).count == 255)
        #expect(throws: OptionEncodingError.nameTooLong(name + "d")) { try OptionEncoding.domainSearch([name + "d"]) }
    }

    @Test("names with characters of no host name are refused", arguments: ["a b", "a/b", "\u{E9}.com", "a\0b", "a@b"])
    func hostNames(name: String) {
        #expect(throws: OptionEncodingError.notAName(name)) { try OptionEncoding.domainName(name) }
    }

    @Test("a search list has its names in the form of RFC 1035, one after the other")
    func domainSearch() throws {
        let expected: [UInt8] = [3] + Array("eng".utf8) + [5] + Array("apple".utf8) + [3] + Array("com".utf8) + [0]
        #expect(try OptionEncoding.domainSearch(["eng.apple.com"]) == expected)
        #expect(try OptionEncoding.domainSearch(["a", "b."]) == [1, 0x61, 0, 1, 0x62, 0])
        #expect(throws: OptionEncodingError.emptyList) { try OptionEncoding.domainSearch([]) }
    }

    @Test("routes have as many destination bytes as their prefix covers, as in RFC 3442")
    func routes() throws {
        let examples: [(String, [UInt8])] = [
            ("0.0.0.0/0", [0]), ("10.0.0.0/8", [8, 10]), ("10.0.0.0/24", [24, 10, 0, 0]),
            ("10.17.0.0/16", [16, 10, 17]),
            ("10.27.129.0/24", [24, 10, 27, 129]), ("10.229.0.128/25", [25, 10, 229, 0, 128]),
            ("10.198.122.47/32", [32, 10, 198, 122, 47]),
        ]
        let router = IPv4Address(10, 0, 0, 1)
        for (network, descriptor) in examples {
            let network = try #require(IPv4Network(network))
            #expect(try OptionEncoding.classlessRoutes([(network, router)]) == descriptor + [10, 0, 0, 1])
        }
        #expect(throws: OptionEncodingError.emptyList) { try OptionEncoding.classlessRoutes([]) }
    }

    @Test("every error says what to do")
    func errors() {
        let errors: [OptionEncodingError] = [
            .emptyText, .emptyList, .notPrintableASCII("x"), .emptyName("x"), .labelTooLong("x", label: "y"),
            .nameTooLong("x"), .notAName("x"),
        ]
        for error in errors { #expect("\(error)".contains(/remove|write|shorten|use/)) }
    }
}
