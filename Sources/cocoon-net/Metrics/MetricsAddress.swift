import Addresses

/// Where metrics are served, as operators write it: `:9092`, `127.0.0.1:9092`, `[::1]:9092`.
struct MetricsAddress: Equatable {
    /// Empty means every address.
    let host: String
    let port: Int

    init(_ text: String) throws {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw OperatorError("--metrics-addr \(text) has no port; write it as :9092 or 127.0.0.1:9092")
        }
        let host = String(text[..<colon])
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        self.port = Int(port)
    }
}
