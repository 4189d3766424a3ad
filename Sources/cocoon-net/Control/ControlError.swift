import HTTPTypes
import Hummingbird
import Node

/// A request that is not carried out: the status, and a sentence that says what to do.
struct ControlError: Error {
    var status: HTTPResponse.Status
    var problem: String
    /// What in the request or in a file is wrong, where that has a name.
    var field: String?

    init(_ status: HTTPResponse.Status, _ problem: String, field: String? = nil) {
        self.status = status
        self.problem = problem
        self.field = field
    }

    var response: Response {
        Response(.members(["error": .string(problem), "field": field.map { .string($0) }]), status: status)
    }
}

/// Answers errors as JSON, those of the library too.
struct ErrorsAsJSON<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as ControlError {
            return error.response
        } catch let error as HTTPError where error.status == .notFound {
            return ControlError(.notFound, "there is nothing at \(request.uri.path); see docs/openapi.yaml").response
        } catch let error as HTTPError {
            return ControlError(error.status, error.body ?? error.status.reasonPhrase).response
        }
    }
}

extension Response {
    /// A JSON document with a line break behind it.
    init(_ json: JSON, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: json.compactText + "\n")))
    }
}
