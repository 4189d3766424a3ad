import NIOHTTP1
import Node

/// The refusal of a request: the HTTP status, and a message that says what is wrong and what to do.
struct ControlError: Error {
    var status: HTTPResponseStatus
    var problem: String
    /// The name of the wrong field in the request or in a file, if it has one.
    var field: String?

    init(_ status: HTTPResponseStatus, _ problem: String, field: String? = nil) {
        self.status = status
        self.problem = problem
        self.field = field
    }

    var response: Response {
        Response(.members(["error": .string(problem), "field": field.map { .string($0) }]), status: status)
    }
}
