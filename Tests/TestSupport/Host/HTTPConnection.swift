import Glibc

/// A connection to a server in a sandbox. It stays open until the test or the server closes it.
package final class HTTPConnection: Sendable {
    private let connection: FileHandle

    /// Connects and sends `text`, which may be empty or only a part of a request.
    package init(to server: HTTPServer, in sandbox: Sandbox, sending text: String = "") throws {
        connection = try sandbox.inside([.network, .mount]) { try connect(to: server) }
        try send(text)
    }

    /// - Throws: when the server has closed the connection.
    package func send(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            // SAFETY: the buffer is as long as the slice that lends it.
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(connection.rawValue, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            rest = rest.dropFirst(try check("send", count))
        }
    }

    /// The status of the next answer, up to five seconds later; nil when the server closes the connection instead.
    package func status() throws -> Int? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        // SAFETY: the buffer is as long as the array that lends it.
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe recv(connection.rawValue, $0.baseAddress, $0.count, 0)
        }
        if count == 0 || (count < 0 && errno == ECONNRESET) { return nil }
        let words = String(decoding: bytes[..<(try check("recv", count))], as: UTF8.self).split(separator: " ")
        return words.dropFirst().first.flatMap { Int($0) }
    }

    /// Whether the server has not closed the connection. Data that it has sent is read and discarded.
    package var isOpen: Bool {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            // SAFETY: the buffer is as long as the array that lends it.
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe recv(connection.rawValue, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT))
            }
            if count < 0 { return errno == EAGAIN }
            if count == 0 { return false }
        }
    }
}
