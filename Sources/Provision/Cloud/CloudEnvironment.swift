package import FoundationEssentials
import Node

/// What the caller's environment says about the clouds: endpoints and credentials.
package struct CloudEnvironment: Sendable {
    package var variables: [String: String]
    /// The directory of the vendor's configuration file.
    package var homeDirectory: String?
    package var patience = CloudPatience()
    package var transport: any CloudTransport = HTTPTransport()
    /// The wall clock, for signatures.
    package var now: @Sendable () -> Date = { Date.now }

    package init(variables: [String: String]) {
        self.variables = variables
        homeDirectory = variables["HOME"]
    }

    package static var current: CloudEnvironment { CloudEnvironment(variables: ProcessInfo.processInfo.environment) }

    /// The value of a variable; an empty one counts as missing.
    package subscript(name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// How far this host's wall clock is ahead of a server's; nil if the server does not send the time.
    /// - Throws: when no answer comes.
    func clockLead(over server: String) async throws -> Duration? {
        let start = now()
        // Any answer will do, even a refusal.
        guard let date = try await transport.send(CloudRequest(.get, server + "/")).date else { return nil }
        return .seconds((start.timeIntervalSince(date) + now().timeIntervalSince(date)) / 2)
    }

    /// Sends a request once.
    /// - Throws: an error with `remedy` when no answer comes. The error is passing: the same request may succeed a
    ///   moment later.
    func send(_ request: CloudRequest, for call: String, remedy: String) async throws(CloudError) -> CloudReply {
        do {
            return try await transport.send(request)
        } catch NoAnswer.unresolved(let host) {
            throw CloudError(call, "cannot resolve \(host)", remedy: remedy)
        } catch NoAnswer.late {
            let server = request.url.prefix { $0 != "?" }
            throw CloudError(
                call, "no answer from \(server) within \(request.patience)", remedy: remedy, isPassing: true,
                isLate: true)
        } catch {
            let server = request.url.prefix { $0 != "?" }
            throw CloudError(call, "no answer from \(server) (\(error))", remedy: remedy, isPassing: true)
        }
    }

    /// The URL in an environment variable, without a trailing slash, or the vendor's URL if the variable is not set.
    func url(_ name: String, default vendor: String) throws(BadInput) -> String {
        guard let value = self[name] else { return vendor }
        guard let url = URL(string: value), let host = url.host(), !host.isEmpty, url.query() == nil,
            url.scheme == "http" || url.scheme == "https"
        else {
            throw BadInput(
                name, value, "is not a URL of a server", remedy: "write it as https://host, or leave it out")
        }
        return value.hasSuffix("/") ? String(value.dropLast()) : value
    }
}
