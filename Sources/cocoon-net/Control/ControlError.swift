import NIOHTTP1
import Node

/// A request that is not carried out: the status, and a sentence that says what to do.
struct ControlError: Error {
    var status: HTTPResponseStatus
    var problem: String
    /// What in the request or in a file is wrong, where that has a name.
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
