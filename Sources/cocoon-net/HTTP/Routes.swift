import NIOCore
import NIOHTTP1

/// The paths of a listener, with a handler for each of their methods.
struct Routes: Sendable {
    typealias Handler = @Sendable (Exchange) async throws -> Response

    /// A request, with everything else that a handler needs.
    struct Exchange: Sendable {
        let request: Request
        /// The decoded path segments that matched the route's stars.
        let parameters: [String]
        let channel: any Channel
    }

    private struct Route {
        let segments: [Substring]
        let handlers: KeyValuePairs<HTTPMethod, Handler>

        /// The segments that the stars match. Nil if the path does not match.
        func parameters(in path: [String]) -> [String]? {
            guard path.count == segments.count else { return nil }
            let pairs = zip(segments, path)
            guard pairs.allSatisfy({ $0 == "*" || $0 == $1 }) else { return nil }
            return pairs.compactMap { $0 == "*" ? $1 : nil }
        }
    }

    private let routes: [Route]

    /// - Parameter paths: such as `/v1/leases/*`. A star matches any one segment.
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
        throw ControlError(.notFound, "there is nothing at \(request.path); docs/openapi.yaml lists the paths")
    }

    /// Splits a path into segments and decodes each one. An encoded slash does not separate segments (RFC 3986 section 2.2).
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

    /// A 405 response that names the methods of the path (RFC 9110 section 15.5.6).
    private static func refusal(of method: HTTPMethod, for route: Route) -> Response {
        let names = route.handlers.map(\.key.rawValue).joined(separator: ", ")
        var response = ControlError(
            .methodNotAllowed, "this path does not support \(method.rawValue); use \(names)"
        ).response
        response.headers.add(name: "Allow", value: names)
        return response
    }
}
