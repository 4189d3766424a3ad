import Addresses

/// The address at which metrics are served, written as `:9092`, `127.0.0.1:9092` or `[::1]:9092`.
struct MetricsAddress: Equatable, CustomStringConvertible {
    /// Empty for all addresses of the host.
    let host: String
    let port: Int

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// - Parameter source: the flag or the variable that sets the address, for error messages.
    init(_ text: String, from source: String) throws {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0,
            !text.contains(where: \.isWhitespace)
        else {
            throw OperatorError(
                "\(source) \"\(text)\" has no valid port; write it as :9092 or 127.0.0.1:9092, or empty for no metrics")
        }
        let host = String(text[..<colon])
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        self.port = Int(port)
    }
}
