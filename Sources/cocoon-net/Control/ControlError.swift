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

extension Response {
    /// A JSON document with a line break behind it.
    init(_ json: JSON, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: json.compactText + "\n")))
    }
}
