import AsyncHTTPClient
package import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import Node

/// One HTTP request to a cloud's API or metadata service.
package struct CloudRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
    }

    package var method = Method.get
    /// The whole URL, encoded.
    package var url: String
    package var headers: [(name: String, value: String)] = []
    package var body: [UInt8] = []
    /// How long to wait for the whole answer.
    package var patience = CloudPatience().attemptPatience

    package init(_ method: Method = .get, _ url: String) {
        self.method = method
        self.url = url
    }

    /// Text encoded for a query (RFC 3986): every byte that is not an unreserved character becomes a percent sign and
    /// two upper-case hexadecimal digits.
    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch UnicodeScalar(byte) {
            case "A"..."Z", "a"..."z", "0"..."9", "-", ".", "_", "~": result.unicodeScalars.append(UnicodeScalar(byte))
            default: result += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }
}

/// What a server answered.
package struct CloudReply: Sendable {
    package var status: Int
    package var body: [UInt8]
    /// When the server sent the answer, by its own clock.
    package var date: Date?

    package init(status: Int, body: [UInt8], date: Date? = nil) {
        self.status = status
        self.body = body
        self.date = date
    }

    package var text: String { String(decoding: body, as: UTF8.self) }

    /// Whether the server, or a gateway in front of it, cannot answer at the moment.
    var isBusy: Bool { [429, 500, 502, 503, 504].contains(status) }
}

/// Why no answer came, where that is known.
package enum NoAnswer: Error, Equatable {
    /// The host's name has no address.
    case unresolved(host: String)
    /// The request's time was over.
    case late
}

/// Carries requests to a server.
package protocol CloudTransport: Sendable {
    /// - Throws: when no complete answer arrives. The request may still have taken effect.
    func send(_ request: CloudRequest) async throws -> CloudReply
}

/// The transport for real clouds: HTTP and HTTPS with the system's trust roots.
package struct HTTPTransport: CloudTransport {
    /// Lives as long as the process. Redirects are not followed: a signature or a token is meant for one host.
    private static let client = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .seconds(5)
        // The caller retries, and a refused connection says at once that no server is there.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
    /// More than the longest page of a list needs.
    private static let bodyByteLimit = 16 << 20

    package init() {}

    package func send(_ request: CloudRequest) async throws -> CloudReply {
        do {
            return try await attempt(request)
        } catch let error as NIOConnectionError
            where error.connectionErrors.isEmpty && (error.dnsAError ?? error.dnsAAAAError) != nil
        {
            throw NoAnswer.unresolved(host: error.host)
        } catch let error as HTTPClientError where error == .deadlineExceeded || error == .connectTimeout {
            throw NoAnswer.late
        }
    }

    private func attempt(_ request: CloudRequest) async throws -> CloudReply {
        var message = HTTPClientRequest(url: request.url)
        message.method = .RAW(value: request.method.rawValue)
        for header in request.headers { message.headers.add(name: header.name, value: header.value) }
        if !request.body.isEmpty { message.body = .bytes(ByteBuffer(bytes: request.body)) }
        let response = try await Self.client.execute(message, timeout: TimeAmount(request.patience))
        let body = try await response.body.collect(upTo: Self.bodyByteLimit)
        let date = response.headers.first(name: "Date").flatMap { HTTPDate.date($0) }
        return CloudReply(status: Int(response.status.code), body: Array(body.readableBytesView), date: date)
    }
}
