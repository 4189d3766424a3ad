import FoundationEssentials
import Testing

@testable import Provision

/// The expected signatures come from the vendor's Python SDK, for the same requests.
@Suite("Volcengine's signature")
struct VolcengineSignatureTests {
    private func authorization(
        host: String, region: String, _ query: [(String, String)], token: String? = nil
    ) throws -> String {
        let date = try Date("2026-01-02T03:04:05Z", strategy: .iso8601)
        let signature = VolcengineSignature(region: region, service: "vpc", host: host, date: date)
        let keys = VolcengineCredentials(
            accessKeyID: "AKEXAMPLE", secretAccessKey: "SKEXAMPLE/+=", sessionToken: token)
        let headers = signature.headers(query: query.map { (name: $0.0, value: $0.1) }, keys)
        #expect(headers.first { $0.name == "x-date" }?.value == "20260102T030405Z")
        return try #require(headers.first { $0.name == "authorization" }?.value)
    }

    @Test("a plain query")
    func plain() throws {
        let query = [
            ("Action", "DescribeSubnets"), ("VpcId", "vpc-abc"), ("Version", "2020-04-01"), ("PageSize", "100"),
        ]
        let value = try authorization(host: "vpc.cn-hongkong.volcengineapi.com", region: "cn-hongkong", query)
        #expect(
            value == "HMAC-SHA256 Credential=AKEXAMPLE/20260102/cn-hongkong/vpc/request, "
                + "SignedHeaders=host;x-content-sha256;x-date, "
                + "Signature=aab6e75981d425566257f834de09a71e4d073782157042c724a5f0f9b7bc6ded")
    }

    @Test("characters that need encoding")
    func encoding() throws {
        let query = [
            ("Action", "CreateNetworkInterface"), ("Version", "2020-04-01"), ("ClientToken", "c0ffee"),
            ("NetworkInterfaceName", "cocoon pool eni~1*(é)"), ("SecurityGroupIds.1", "sg-1"), ("SubnetId", "subnet-x"),
        ]
        let value = try authorization(host: "open.volcengineapi.com", region: "cn-beijing", query)
        #expect(value.hasSuffix("Signature=b98754d35d020b2e155d5547697f17c550e7cc9683c867c850f6acae29d25bfa"))
        let pairs = query.map { (name: $0.0, value: $0.1) }
        #expect(VolcengineSignature.canonicalQuery(pairs).contains("=cocoon%20pool%20eni~1%2A%28%C3%A9%29&"))
    }

    @Test("a session token is signed too")
    func token() throws {
        let query = [("Action", "DescribeNetworkInterfaces"), ("Version", "2020-04-01"), ("InstanceId", "i-1")]
        let value = try authorization(
            host: "open.volcengineapi.com", region: "cn-beijing", query, token: "STS+TOKEN/==")
        #expect(value.contains("SignedHeaders=host;x-content-sha256;x-date;x-security-token, "))
        #expect(value.hasSuffix("Signature=b53d4ad1f1313a1d3de7db8687feb4f8a86546b74d8f2913102d0f8a194f9482"))
    }

    @Test("printing the credentials does not show the keys")
    func secrecy() {
        let keys = VolcengineCredentials(accessKeyID: "AK", secretAccessKey: "SECRET", sessionToken: "TOKEN")
        var dumped = ""
        dump(keys, to: &dumped)
        for text in ["\(keys)", String(reflecting: keys), "\([keys])", dumped] {
            #expect(!text.contains("SECRET") && !text.contains("TOKEN"))
        }
    }
}
