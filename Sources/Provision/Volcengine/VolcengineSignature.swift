import Crypto
package import FoundationEssentials

/// The keys that sign requests to Volcengine. They are never printed, and never written to a file.
package struct VolcengineCredentials: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    package var accessKeyID: String
    package var secretAccessKey: String
    /// Only temporary keys have one.
    package var sessionToken: String?

    package init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }

    package var description: String { "credentials" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The vendor's HMAC-SHA256 signature of a GET request whose parameters are all in the query.
package struct VolcengineSignature: Sendable {
    package var region: String
    package var service: String
    /// The server as in the Host header, without the scheme's default port.
    package var host: String
    /// The time of the request, signed in whole seconds.
    package var date: Date

    package init(region: String, service: String, host: String, date: Date) {
        self.region = region
        self.service = service
        self.host = host
        self.date = date
    }

    /// The headers that go with the request.
    package func headers(
        query: [(name: String, value: String)], _ credentials: VolcengineCredentials
    ) -> [(name: String, value: String)] {
        let time = Self.basicTime(date)
        let emptyHash = Self.hexadecimal(SHA256.hash(data: [UInt8]()))
        var signed = [("host", host), ("x-content-sha256", emptyHash), ("x-date", time)]
        if let token = credentials.sessionToken { signed.append(("x-security-token", token)) }
        let names = signed.map(\.0).joined(separator: ";")
        let canonicalHeaders = signed.map { "\($0.0):\($0.1)\n" }.joined()
        let canonical = ["GET", "/", Self.canonicalQuery(query), canonicalHeaders, names, emptyHash]
            .joined(separator: "\n")
        let scope = "\(time.prefix(8))/\(region)/\(service)/request"
        let hash = Self.hexadecimal(SHA256.hash(data: Array(canonical.utf8)))
        let signature = Self.hexadecimal(
            code("HMAC-SHA256\n\(time)\n\(scope)\n\(hash)", key: signingKey(credentials, String(time.prefix(8)))))
        let authorization =
            "HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(names), Signature=\(signature)"
        return signed.map { (name: $0.0, value: $0.1) } + [(name: "authorization", value: authorization)]
    }

    private func signingKey(_ credentials: VolcengineCredentials, _ day: String) -> SymmetricKey {
        var key = SymmetricKey(data: Array(credentials.secretAccessKey.utf8))
        for part in [day, region, service, "request"] { key = SymmetricKey(data: code(part, key: key)) }
        return key
    }

    private func code(_ text: String, key: SymmetricKey) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)
    }

    /// The query, sorted by name and encoded per RFC 3986. The same text is signed and sent.
    package static func canonicalQuery(_ query: [(name: String, value: String)]) -> String {
        query.map { (CloudRequest.encoded($0.name), CloudRequest.encoded($0.value)) }
            .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
            .map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    /// Such as 20260102T030405Z.
    static func basicTime(_ date: Date) -> String {
        date.formatted(.iso8601).replacing("-", with: "").replacing(":", with: "")
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
