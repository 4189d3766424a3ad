import Node

/// A cloud's metadata service, which tells an instance about itself.
struct MetadataService: Sendable {
    /// The scheme and the host.
    var endpoint: String
    var headers: [(name: String, value: String)] = []
    var environment: CloudEnvironment
    /// The cloud's name, for errors.
    var name: String

    /// The text at `path`; nil if the service has nothing there.
    /// - Throws: when there is no such service, or when it refuses the request.
    func text(_ path: String, method: CloudRequest.Method = .get, headers more: [(name: String, value: String)] = [])
        async throws(CloudError) -> String?
    {
        var request = CloudRequest(method, endpoint + path)
        request.headers = headers + more
        request.patience = environment.patience.metadataPatience
        let call = "\(name) metadata \(path)"
        let reply = try await environment.send(
            request, for: call, remedy: "run this on an instance of that cloud, or name the right --platform")
        switch reply.status {
        case 200:
            let text = reply.text.split(whereSeparator: \.isNewline).joined(separator: "\n")
            return text.isEmpty ? nil : text
        case 404: return nil
        default:
            throw CloudError(
                call, "HTTP status \(reply.status)", status: reply.status,
                remedy: "see whether the instance may read its own metadata",
                isPassing: reply.isBusy)
        }
    }
}
