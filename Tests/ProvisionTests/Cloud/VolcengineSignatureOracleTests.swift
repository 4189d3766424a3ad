import FoundationEssentials
import Node
import Testing

@testable import Provision

/// Compares with the vendor's Python SDK: it signs random requests, and we sign the same ones. `scripts/test packages`
/// installs it in `.build/volcengine-sdk`.
@Suite("Volcengine's signature against the vendor's SDK")
struct VolcengineSignatureOracleTests {
    private static let python = ".build/volcengine-sdk/bin/python"

    /// Signs 200 random requests and prints a line of JSON for each.
    private static let script = """
        import json, random
        from volcenginesdkcore.signv4 import SignerV4
        random.seed(1)
        letters = "abcXYZ019-_.~ /+=&?%*()'!@:é–"
        def text(): return "".join(random.choice(letters) for _ in range(random.randint(1, 12)))
        for number in range(200):
            query = {text(): text() for _ in range(random.randint(1, 8))}
            token = text().strip() or None if number % 2 else None
            if token: token = token.encode("ascii", "ignore").decode().strip() or None
            region = random.choice(["cn-beijing", "cn-hongkong"])
            headers = {"Host": "vpc.%s.volcengineapi.com" % region}
            SignerV4.sign("/", "GET", headers, "", [], query, "AK", "SK/+=", region, "vpc", token)
            print(json.dumps({"query": query, "token": token, "region": region, "host": headers["Host"],
                "date": headers["X-Date"], "authorization": headers["Authorization"]}))
        """

    private struct Signed: Decodable {
        let query: [String: String]
        let token: String?
        let region: String
        let host: String
        let date: String
        let authorization: String
    }

    @Test(
        "random requests get the same signature",
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: python),
            "run \"scripts/test packages\" for the vendor's SDK"))
    func oracle() async throws {
        var python = Tool(Self.python)
        python.arguments = ["-c", Self.script]
        let outcome = try #require(try await python.run())
        #expect(outcome.ending == nil, "\(outcome.error)")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 200)
        for line in lines {
            let signed = try JSONDecoder().decode(Signed.self, from: Data(line.utf8))
            let keys = VolcengineCredentials(
                accessKeyID: "AK", secretAccessKey: "SK/+=", sessionToken: signed.token)
            let signature = VolcengineSignature(
                region: signed.region, service: "vpc", host: signed.host, date: try Self.date(signed.date))
            let headers = signature.headers(query: signed.query.map { (name: $0.key, value: $0.value) }, keys)
            #expect(headers.first { $0.name == "authorization" }?.value == signed.authorization, "\(line)")
        }
    }

    /// 20260102T030405Z.
    private static func date(_ text: String) throws -> Date {
        let digits = Array(text)
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        return try Date(
            "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z",
            strategy: .iso8601)
    }
}
