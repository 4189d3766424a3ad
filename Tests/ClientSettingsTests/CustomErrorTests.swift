import Testing

@testable import ClientSettings

@Suite("Options by number that cannot be used")
struct CustomErrorTests {
    static let types = "text, hex, ip, ips, uint8, uint16, uint32, bool"

    /// One element of `custom` that is refused.
    private static func element(
        _ json: String, at path: String, shows value: String?, _ problem: String, _ remedy: String
    ) -> Refusal {
        Refusal(#"{"custom": [\#(json)]}"#, at: "custom[0]" + path, shows: value, problem, remedy)
    }

    /// A code that is refused.
    private static func code(_ code: String, _ problem: String, _ remedy: String) -> Refusal {
        element(#"{"code": \#(code), "type": "hex", "value": "00"}"#, at: ".code", shows: code, problem, remedy)
    }

    /// A value that is refused.
    private static func value(
        _ value: String, of type: String, code: Int = 224, _ problem: String, _ remedy: String
    ) -> Refusal {
        element(
            #"{"code": \#(code), "type": "\#(type)", "value": \#(value)}"#, at: ".value", shows: value, problem, remedy)
    }

    static let cases =
        [
            Refusal(#"{"custom": {"code": 224}}"#, at: "custom", "is an object, not an array", "write it as [ … ]"),
            Refusal(
                #"{"custom": [{"code": 224, "type": "uint8", "value": 1}, {"code":224,"type":"bool","value":true}]}"#,
                at: "custom[1]", shows: #"{"code":224,"type":"bool","value":true}"#,
                "has the same code as options.custom[0]", "remove one of them"),
            element("224", at: "", shows: "224", "is a number, not an object", #"write it as {"code": …}"#),
            element(
                #"{"type":"hex","value":""}"#, at: "", shows: #"{"type":"hex","value":""}"#, #"has no "code""#,
                "name the option's number"),
            element(
                #"{"code":224,"value":""}"#, at: "", shows: #"{"code":224,"value":""}"#, #"has no "type""#,
                "use one of \(types)"),
            element(
                #"{"code":224,"type":"hex"}"#, at: "", shows: #"{"code":224,"type":"hex"}"#, #"has no "value""#,
                #"add a value; "hex" may be empty"#),
            element(
                #"{"code": 224, "typ": "hex", "value": ""}"#, at: ".typ", shows: nil, "is not a known key",
                #"write "type" instead"#),
            element(
                #"{"code": 224, "type": "uint", "value": 1}"#, at: ".type", shows: #""uint""#, "is not known",
                #"write "uint8" instead"#),
            element(
                #"{"code": 224, "type": "float", "value": 1}"#, at: ".type", shows: #""float""#, "is not known",
                "remove it, or use one of \(types)"),
            code("0", "is not a whole number from 1 to 254", "correct or remove it"),
            code("255", "is not a whole number from 1 to 254", "correct or remove it"),
            code(#""224""#, "is a string, not a number", "write a number from 1 to 254"),
            code("1", "is the code of an option that follows from the pool's subnet", "remove the option"),
            code("28", "is the code of an option that follows from the pool's subnet", "remove the option"),
            code("3", "is the code of an option that is always the pool's gateway", "remove the option"),
            code(
                "12", "has a key of its own", #"set "hostname" in the VM's reservation"#),
            value(#""""#, of: "text", "is empty", "give it a value, or remove the key"),
            value(#""tab\t""#, of: "text", "has characters outside of printable ASCII", "remove them"),
            value("1", of: "text", "is a number, not a string", "put it in quotes"),
            value(#""0a1""#, of: "hex", "is not made of hexadecimal pairs", "write it like 0a1b2c or 0a:1b:2c"),
            value(#""0g""#, of: "hex", "is not made of hexadecimal pairs", "write it like 0a1b2c or 0a:1b:2c"),
            value(#""+1""#, of: "hex", "is not made of hexadecimal pairs", "write it like 0a1b2c or 0a:1b:2c"),
            value(#""0a:1b2c""#, of: "hex", "is not made of hexadecimal pairs", "write it like 0a1b2c or 0a:1b:2c"),
            value(#""0a:""#, of: "hex", "is not made of hexadecimal pairs", "write it like 0a1b2c or 0a:1b:2c"),
            value(#""10.0.0""#, of: "ip", "is not an IPv4 address", "correct it"),
            value(#""10.0.0.1""#, of: "ips", "is a string, not an array", "write it as [ … ]"),
            value("[]", of: "ips", "is empty", "add an element, or remove the key"),
            value("256", of: "uint8", "is not a whole number from 0 to 255", "correct or remove it"),
            value("-1", of: "uint16", "is not a whole number from 0 to 65535", "correct or remove it"),
            value("4294967296", of: "uint32", "is not a whole number from 0 to 4294967295", "correct or remove it"),
            value("1", of: "bool", "is a number, not a boolean", "write true or false"),
            value("1", of: "uint8", code: 13, "has 1 bytes, but option 13 must have exactly 2", "correct it"),
            value(
                #""0a""#, of: "hex", code: 44, "has 1 bytes, but option 44 must have a multiple of 4, and not 0",
                "correct it"),
            value(
                #""\#(String(repeating: "x", count: 1200))""#, of: "text",
                "exceeds the 1200 bytes that fit in a reply", "shorten it"),
        ]
        + [50, 52, 53, 54, 55, 56, 57, 61, 80, 82].map {
            code("\($0)", "is the code of an option that the server sets itself", "remove the option")
        }
        + [
            (6, "dns"), (15, "domain"), (26, "mtu"), (42, "ntp"), (51, "leaseTime"), (58, "renewalTime"),
            (59, "rebindingTime"), (66, "tftpServer"), (67, "bootFile"), (108, "ipv6OnlyWait"), (114, "captivePortal"),
            (119, "search"), (121, "routes"), (249, "routes"),
        ].map { code("\($0.0)", "has a key of its own", "set \"\($0.1)\" instead") }

    @Test("each error names the file, the field, the value and the remedy", arguments: cases)
    func refusal(_ test: Refusal) throws {
        try test.check(under: "options") { try settings(options: test.json) }
    }

    @Test("an option that a key sets cannot be set by number as well")
    func twice() throws {
        let both = Refusal(
            #"{"tftpServers": ["10.0.0.1"], "custom": [{"code": 150, "type": "ip", "value": "10.0.0.1"}]}"#,
            at: "custom", shows: nil, #"has option 150, which "tftpServers" sets too"#, "remove one of them")
        try both.check(under: "options") { try policy(options: both.json) }
    }

    @Test("an option by number that has a key is refused, and the error names the key")
    func keys() {
        for key in OptionKey.allCases {
            guard let code = key.code, !key.mayBeCustom else { continue }
            #expect(Self.cases.contains { $0.remedy == "set \"\(key)\" instead" && $0.value == "\(code)" })
        }
    }
}
