import Glibc

/// Where a server in a sandbox listens.
package enum HTTPServer: Sendable {
    /// A TCP port of 127.0.0.1.
    case port(UInt16)
    /// A unix socket, by its path in the sandbox.
    case socket(String)
}

/// What a server answered.
package struct HTTPResponse: Sendable {
    package let status: Int
    /// By lower-case name.
    package let headers: [String: String]
    package let body: String

    /// Reads a whole response (RFC 9112); nil if the text is not one.
    init?(_ text: String) {
        guard let headEnd = text.firstRange(of: "\r\n\r\n") else { return nil }
        let lines = text[..<headEnd.lowerBound].split(separator: "\r\n")
        guard let words = lines.first?.split(separator: " "), words.count >= 2, words[0].hasPrefix("HTTP/1."),
            let status = Int(words[1])
        else { return nil }
        self.status = status
        let fields = lines.dropFirst().compactMap { line in
            line.firstIndex(of: ":").map { colon in
                (line[..<colon].lowercased(), line[line.index(after: colon)...].drop { $0 == " " })
            }
        }
        headers = Dictionary(fields.map { ($0.0, String($0.1)) }, uniquingKeysWith: { "\($0), \($1)" })
        body = String(text[headEnd.upperBound...])
    }
}

extension Sandbox {
    /// Sends a request and waits for the whole response, on a connection of its own.
    package func http(
        _ method: String, _ path: String, body: String = "", at server: HTTPServer
    ) throws -> HTTPResponse {
        let connection = try inside([.network, .mount]) { try connect(to: server) }
        // HTTP/1.0, so that the body comes in one piece.
        let head = "\(method) \(path) HTTP/1.0\r\nHost: localhost\r\nConnection: close"
        let length = body.isEmpty ? "" : "\r\nContent-Length: \(body.utf8.count)"
        try connection.write(Array("\(head)\(length)\r\n\r\n\(body)".utf8))
        let text = String(decoding: try connection.stream(), as: UTF8.self)
        guard let response = HTTPResponse(text) else { throw ExchangeError("\(method) \(path) got: \(text)") }
        return response
    }
}

/// Connects to `server` from the namespaces of the calling thread. Reads time out after five seconds.
func connect(to server: HTTPServer) throws -> FileHandle {
    let (family, address) = server.address
    let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    let connection = FileHandle(owning: try check("socket", socket(family, type, 0)))
    var limit = timeval(tv_sec: 5, tv_usec: 0)
    let size = socklen_t(MemoryLayout.size(ofValue: limit))
    // SAFETY: the kernel reads a local structure of this size.
    try check("SO_RCVTIMEO", unsafe setsockopt(connection.rawValue, SOL_SOCKET, SO_RCVTIMEO, &limit, size))
    // SAFETY: the kernel reads as many bytes as the array has; the address family at their start says how to read them.
    let code = unsafe address.withUnsafeBytes {
        unsafe connect(
            connection.rawValue, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
    }
    try check("connect \(server)", code)
    return connection
}

extension HTTPServer {
    /// The address family, and the bytes of `sockaddr_in` or `sockaddr_un`.
    fileprivate var address: (family: CInt, bytes: [UInt8]) {
        switch self {
        case .port(let port):
            let bytes = UInt16(AF_INET).nativeBytes + port.bigEndianBytes + [127, 0, 0, 1]
            return (AF_INET, bytes + [UInt8](repeating: 0, count: 8))
        case .socket(let path):
            return (AF_UNIX, UInt16(AF_UNIX).nativeBytes + Array(path.utf8) + [0])
        }
    }
}
