import NIOCore
import NIOHTTP1

/// The paths of a listener, and what each of their methods does.
struct Routes: Sendable {
    typealias Handler = @Sendable (Exchange) async throws -> Response

    /// A request, and what a handler needs beside it.
    struct Exchange: Sendable {
        let request: Request
        /// The segments of the path that the route's stars stand for, decoded.
        let parameters: [String]
        let channel: any Channel
    }

    private struct Route {
        let segments: [Substring]
        let handlers: KeyValuePairs<HTTPMethod, Handler>

        /// What the stars stand for; nil when it is another path.
        func parameters(in path: [String]) -> [String]? {
            guard path.count == segments.count else { return nil }
            let pairs = zip(segments, path)
            guard pairs.allSatisfy({ $0 == "*" || $0 == $1 }) else { return nil }
            return pairs.compactMap { $0 == "*" ? $1 : nil }
        }
    }

    private let routes: [Route]

    /// - Parameter paths: such as `/v1/leases/*`, where a star stands for any one segment.
    init(_ paths: KeyValuePairs<String, KeyValuePairs<HTTPMethod, Handler>>) {
        routes = paths.map { Route(segments: $0.split(separator: "/"), handlers: $1) }
    }

    func respond(to request: Request, on channel: any Channel) async -> Response {
        do {
            return try await answer(to: request, on: channel)
        } catch let error as ControlError {
            return error.response
        } catch {
            return ControlError(.internalServerError, "\(error)").response
        }
    }

    private func answer(to request: Request, on channel: any Channel) async throws -> Response {
        let path = try Self.segments(of: request.path)
        for route in routes {
            guard let parameters = route.parameters(in: path) else { continue }
            guard let handler = route.handlers.first(where: { $0.key == request.method })?.value else {
                return Self.refusal(of: request.method, for: route)
            }
            return try await handler(Exchange(request: request, parameters: parameters, channel: channel))
        }
        throw ControlError(.notFound, "there is nothing at \(request.path); see docs/openapi.yaml")
    }

    /// The segments of a path, each decoded by itself: an encoded slash does not divide (RFC 3986 section 2.2).
    private static func segments(of path: String) throws(ControlError) -> [String] {
        var segments: [String] = []
        for segment in path.split(separator: "/") {
            guard let decoded = segment.percentDecoded else {
                throw ControlError(
                    .badRequest, "\(segment) in the path is not percent-encoded UTF-8; write %25 for a percent sign",
                    field: "path")
            }
            segments.append(decoded)
        }
        return segments
    }

    /// Names the methods that a path has (RFC 9110 section 15.5.6).
    private static func refusal(of method: HTTPMethod, for route: Route) -> Response {
        let names = route.handlers.map(\.key.rawValue).joined(separator: ", ")
        var response = ControlError(.methodNotAllowed, "\(method.rawValue) is not for this path; use \(names)").response
        response.headers.add(name: "Allow", value: names)
        return response
    }
}
